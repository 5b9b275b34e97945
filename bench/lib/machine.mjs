import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type } from "node:os";

/** What a figure depends on besides the contenders. */
export function describeMachine() {
  return {
    os: `${osName()} (${type()} ${release()} ${process.arch})`,
    cpu: `${cpus().length} x ${cpus()[0]?.model.trim() ?? "unknown"}`,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    load: loadavg()[0],
    commit: commit(),
    date: new Date().toISOString(),
  };
}

function osName() {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))[1];
  } catch {
    return process.platform;
  }
}

/** The commit under test; `+` when files differ from it. */
function commit() {
  const git = (...args) =>
    execFileSync("git", args, { cwd: import.meta.dirname, encoding: "utf8", stdio: "pipe" });
  try {
    return git("rev-parse", "--short", "HEAD").trim() + (git("status", "--porcelain", "-uno") ? "+" : "");
  } catch {
    return "unknown";
  }
}
