import { url } from "node:inspector";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { CONNECTED, type FromChild, type InstanceData, type ToChild } from "../protocol.ts";

/** The entry of a child process: starts and ends the threads of its instances as the server says. */

const INSTANCE = new URL(`../instance/main${extname(import.meta.url)}`, import.meta.url);
const instances = new Map<number, Worker>();

// The server is gone, however it went: no handler may go on without it. SIGKILL, because process.exit would first
// wait for threads that may never end.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.on("message", (message: ToChild) => {
  switch (message.kind) {
    case "start":
      return start(message);
    case "terminate":
      return void instances.get(message.instance)?.terminate();
    case "watch":
      return;
  }
});
send({ kind: "ready", debugged: url() !== undefined });

function start({ instance, setup, environment, memoryMb }: ToChild & { kind: "start" }): void {
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(INSTANCE, {
    workerData: { setup, shared } satisfies InstanceData,
    env: { ...environment },
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  });
  instances.set(instance, worker);
  let outOfMemory = false;
  worker.on("error", (error: NodeJS.ErrnoException) => {
    outOfMemory = error.code === "ERR_WORKER_OUT_OF_MEMORY";
  });
  worker.on("exit", (exitCode) => {
    instances.delete(instance);
    const connected = Atomics.load(shared, CONNECTED) === 1;
    send({ kind: "exited", instance, connected, exitCode, outOfMemory });
  });
}

function send(message: FromChild): void {
  process.send?.(message);
}
