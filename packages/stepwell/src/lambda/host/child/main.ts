import { writeSync } from "node:fs";
import { url } from "node:inspector";
import { RealClock } from "../../../kernel/clock.ts";
import type { FromChild, ThreadEnd, ToChild } from "../protocol.ts";
import { killProcess, MemoryGuard } from "./memory-guard.ts";
import { InstanceThread } from "./thread.ts";

/**
 * The entry of a child process: starts and ends the threads of its instances as the server says, and looks after
 * their memory. It sees nothing of invocations, which go past it.
 */

const LOOK_EVERY_MS = 50;
const clock = new RealClock();
const guard = new MemoryGuard(clock);
const threads = new Map<number, InstanceThread>();
let watched = false;
let willLook = false;

// The server is gone, however it went: no handler may go on without it. SIGKILL, because process.exit would first
// wait for threads that may never end.
process.on("disconnect", killProcess);
process.on("message", (message: ToChild) => {
  switch (message.kind) {
    case "start":
      return start(message);
    case "terminate":
      return threads.get(message.instance)?.terminate();
    case "watch":
      watched = message.on;
      if (watched) lookLater();
  }
});
send({ kind: "ready", debugged: url() !== undefined });

function start(message: ToChild & { kind: "start" }): void {
  const { instance } = message;
  const exited = (end: ThreadEnd) => {
    const thread = threads.get(instance);
    if (thread) guard.ended(thread);
    threads.delete(instance);
    send({ kind: "exited", instance, end });
  };
  try {
    threads.set(instance, new InstanceThread(message, { woke: lookLater, exited }));
    lookLater();
  } catch (error) {
    // The machine has no thread left, say: that must not take the other instances along.
    writeSync(2, `${error}\n`);
    exited({ exitCode: 1, connected: false, begun: 0, outOfMemory: false });
  }
}

function lookLater(): void {
  if (willLook) return;
  willLook = true;
  clock.at(clock.now() + LOOK_EVERY_MS, look);
}

/** Looks at the threads while any of them does something; an idle process is not woken. */
function look(): void {
  willLook = false;
  const all = [...threads.values()];
  void guard.check(() => [...threads.values()]);
  if (watched) {
    const instances = all.filter((thread) => thread.waited()).map((thread) => thread.instance);
    send({ kind: "waiting", instances });
  }
  if (!watched) for (const thread of all) thread.letSleep();
  // Asked after letSleep: a thread that took up an invocation before it is seen here, one that does so later says so.
  if (watched || all.some((thread) => thread.running)) lookLater();
}

function send(message: FromChild): void {
  process.send?.(message);
}
