import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as sdk from "@stepwell/durable";
import { handlersOf } from "./handlers/all.mjs";

const DRIVER = fileURLToPath(new URL("driver.mjs", import.meta.url));
const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));
/** Requirements mostly wait, so many of them run at once. */
const WORKERS = "12";
const POLL_SECONDS = "0.5";
/** Longer than any requirement takes; one that hangs fails by it. */
const EXECUTION_TIMEOUT_SECONDS = 60;
/** Each has its own file in handlers/. */
const SDKS = ["stepwell", "aws"];

/**
 * Runs the requirements in `folder` with the same handlers on each SDK, each on a node of its own.
 * Throws for an SDK that is not there. Returns `[{ name: SDK, results: { [id]: { passed, errors } } }]`.
 */
export async function runDurable({ folder, sdks = SDKS, only }) {
  const unknown = sdks.filter((name) => !SDKS.includes(name));
  if (unknown.length > 0) {
    throw new Error(`There is no SDK named ${unknown.join(", ")}; there are ${SDKS.join(" and ")}.`);
  }
  return await Promise.all(sdks.map(async (name) => ({ name, results: await runOn(name, folder, only) })));
}

async function runOn(name, folder, only) {
  const work = await mkdtemp(join(tmpdir(), "stepwell-oracles-"));
  try {
    const json = join(work, "results.json");
    await writeFile(join(work, "manifest.json"), JSON.stringify(manifestOf(name)));
    const args = ["--handlers", work, "--driver", DRIVER, "--json", json];
    args.push("--workers", WORKERS, "--poll", POLL_SECONDS, ...(only ? ["--only", only] : []));
    const output = await runToEnd(join(folder, "run.mjs"), args);
    const text = await readFile(json, "utf8").catch(() => {
      throw new Error(`The requirements' runner ended before it had results:\n${output}`);
    });
    const results = Object.entries(JSON.parse(text));
    return Object.fromEntries(
      results.map(([id, { status, errors }]) => [
        id,
        { passed: status === "PASS", errors: errors.length > 0 ? errors : [status] },
      ]),
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** One function per handler, named as the requirement it is for. */
function manifestOf(name) {
  const functions = Object.keys(handlersOf(sdk)).map((functionName) => ({
    functionName,
    handler: `${name}.handler`,
    requirements: /^\d+-\d+$/.test(functionName) ? [functionName] : [],
    durable: { ExecutionTimeout: EXECUTION_TIMEOUT_SECONDS },
  }));
  return { functions };
}

/** What the process wrote, once it has ended; its exit code says less than its results. */
async function runToEnd(file, args) {
  const child = spawn(process.execPath, [file, ...args], { cwd: REPOSITORY });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  child.stderr.pipe(process.stderr);
  await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  return output;
}
