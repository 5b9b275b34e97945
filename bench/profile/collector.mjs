import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

const AGENT = new URL("./agent.mjs", import.meta.url);

/** Gathers what the agents measure in the threads of the processes that are started with `nodeOptions`, over a socket of its own. */
export async function openCollector(socketPath, { profilesAtOnce }) {
  const threads = new Set();
  const server = createServer((socket) => {
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    const thread = {};
    const answer = async () => {
      const { value, done } = await lines.next();
      return done ? undefined : JSON.parse(value);
    };
    socket.once("close", () => threads.delete(thread));
    socket.on("error", () => {});
    void answer().then((hello) => {
      Object.assign(thread, hello, {
        ask(command) {
          socket.write(`${command}\n`);
          return answer();
        },
      });
      threads.add(thread);
    });
  }).listen(socketPath);
  await once(server, "listening");
  const agent = new URL(AGENT);
  agent.searchParams.set("socket", socketPath);
  if (profilesAtOnce) agent.searchParams.set("at-once", "");
  return {
    nodeOptions: `--import=${agent.href}`,
    /** Gives every thread a command; resolves to `{ pid, ...answer }` of those that did not end meanwhile. */
    async ask(command) {
      const answers = [...threads].map(async ({ ask, pid }) => ({ pid, answer: await ask(command) }));
      const given = (await Promise.all(answers)).filter(({ answer }) => answer !== undefined);
      return given.map(({ pid, answer }) => ({ pid, ...answer }));
    },
    close: () => server.close(),
  };
}
