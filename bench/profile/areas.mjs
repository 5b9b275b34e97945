export const IDLE = "idle";
export const PROFILER = "profiler";
export const OUTSIDE = "Node.js: native, outside JavaScript";

/** Where a function belongs, by the file it is in; the first match counts. */
const FILES = [
  [/\/bench\/profile\/agent\.mjs/, PROFILER],
  [/^node:inspector/, PROFILER],
  [/\/bench\/apps\//, "handler"],
  [/\/packages\/durable\/|\/@stepwell\/durable\//, "SDK"],
  [/\/@aws\/durable-execution-sdk-js\//, "SDK"],
  [/\/stepwell\/(dist|src)\/store\//, "store (SQLite)"],
  [/\/stepwell\/(dist|src)\/durable\//, "durable machine and service"],
  [/\/stepwell\/(dist|src)\/lambda\/host\//, "host connection"],
  [/\/stepwell\/(dist|src)\/lambda\//, "functions, Invoke"],
  [/\/stepwell\/(dist|src)\/(wire|kernel\/schema)\//, "wire (HTTP)"],
  [/\/stepwell\/(dist|src)\/kernel\//, "kernel"],
  [/\/stepwell\/(dist|src)\/(logs|cli)\//, "functions' logs"],
  [/^node:_?http|^node:internal\/http/, "wire (HTTP)"],
  [/^node:(net|internal\/stream|internal\/streams|stream|internal\/js_stream)/, "sockets"],
  [/^node:/, "Node.js: timers, promises, other"],
];

/** V8's names for time outside functions. */
const PSEUDO = new Map([
  ["(idle)", IDLE],
  ["(garbage collector)", "garbage collection"],
  ["(program)", OUTSIDE],
]);

/** The agent's functions around native ones. */
const WRAPPERS = new Map([
  ["jsonParse", "JSON"],
  ["jsonStringify", "JSON"],
  ["sqliteCommit", "SQLite COMMIT (disk)"],
  ["sqliteRun", "store (SQLite)"],
]);

/**
 * The area of one function. Code of Node.js belongs to whoever called it, `callerArea`; what nobody of ours called
 * came from the event loop, and is known by its own file.
 */
export function areaOf({ functionName, url }, callerArea) {
  if (PSEUDO.has(functionName)) return PSEUDO.get(functionName);
  if (url.includes("/bench/profile/agent.mjs") && WRAPPERS.has(functionName))
    return WRAPPERS.get(functionName);
  const inNode = url === "" || url.startsWith("node:");
  if (inNode && callerArea) return callerArea;
  return FILES.find(([file]) => file.test(url))?.[1] ?? (url === "" ? undefined : "other");
}
