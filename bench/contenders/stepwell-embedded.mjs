import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { stopProcess } from "../lib/processes.mjs";
import { versioned } from "../lib/versions.mjs";
import { startStepwell } from "./stepwell-process.mjs";

const SERVER = fileURLToPath(new URL("./stepwell-embedded-server.mjs", import.meta.url));

/** Stepwell inside a program that starts executions by calling it, without HTTP. */
export const stepwellEmbedded = {
  name: "stepwell-embedded",
  workloads: ["W3"],
  label: `${versioned("stepwell")} with ${versioned("@stepwell/durable")}, called in process`,
  host: "worker threads of a child process (the default host)",
  profiled: true,
  async start({ folder, functionConcurrency, env }) {
    // README's "Limits": by default V8 lets garbage grow to 128 MB before it looks.
    const { child } = await startStepwell(["--max-semi-space-size=16", SERVER, folder], {
      folder,
      env: { ...env, BENCH_FUNCTION_CONCURRENCY: String(functionConcurrency) },
      ipc: true,
    });
    const ask = async (question) => {
      child.send(question);
      const [answer] = await once(child, "message");
      if (answer.error !== undefined) throw new Error(`The embedded Stepwell failed: ${answer.error}`);
      return answer.value;
    };
    return {
      startAll: (inputs) => ask({ startAll: inputs }),
      allEnded: () => ask({ allEnded: true }),
      pids: () => [child.pid],
      settings: () =>
        `function concurrency ${functionConcurrency}, SQLite, fsync on, node --max-semi-space-size=16`,
      stop: () => stopProcess(child),
    };
  },
};
