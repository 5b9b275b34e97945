// Loaded into every thread of a profiled server by NODE_OPTIONS=--import=.../agent.mjs?socket=PATH (functions' processes
// inherit NODE_OPTIONS). Connects to the collector and measures as it is told: each command is a line with the name of
// one of `commands`, and is answered with a line of JSON. With &at-once it profiles from its first moment.
import { Session } from "node:inspector/promises";
import { connect } from "node:net";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { StatementSync } from "node:sqlite";

const SAMPLING_INTERVAL_US = 200;

// V8 counts the time of native code to the JavaScript function that called it. These wrappers give JSON and SQLite's
// COMMIT, in which the disk is waited for, a function of their own; areas.mjs knows them by name.
const { parse, stringify } = JSON;
JSON.parse = function jsonParse(...args) {
  return parse.apply(JSON, args);
};
JSON.stringify = function jsonStringify(...args) {
  return stringify.apply(JSON, args);
};
const { run } = StatementSync.prototype;
StatementSync.prototype.run = function sqliteRun(...args) {
  return this.sourceSQL === "COMMIT" ? sqliteCommit(this, args) : run.apply(this, args);
};
const commitsMs = [];
function sqliteCommit(statement, args) {
  const before = performance.now();
  const result = run.apply(statement, args);
  commitsMs.push(performance.now() - before);
  return result;
}

const session = new Session();
session.connect();
const query = new URL(import.meta.url).searchParams;
let cpuBefore = process.cpuUsage();
let profiling = false;
const commands = {
  /** The processor time of the whole process, and this thread's commits, are counted from here. */
  async startCounting() {
    commitsMs.length = 0;
    cpuBefore = process.cpuUsage();
  },
  async stopCounting() {
    const { user, system } = process.cpuUsage(cpuBefore);
    return { commitsMs, cpuMs: (user + system) / 1000 };
  },
  async startProfile() {
    await session.post("Profiler.enable");
    await session.post("Profiler.setSamplingInterval", { interval: SAMPLING_INTERVAL_US });
    await session.post("Profiler.start");
    profiling = true;
    return {};
  },
  /** A thread that was started meanwhile has no profile. */
  async stopProfile() {
    return profiling ? session.post("Profiler.stop") : {};
  },
};

if (query.has("at-once")) await commands.startProfile();
const socket = connect(query.get("socket"));
socket.unref();
socket.on("error", () => {});
const send = (message) => socket.write(`${stringify(message)}\n`);
send({ pid: process.pid });
createInterface({ input: socket }).on("line", async (command) => {
  send((await commands[command]()) ?? {});
});
