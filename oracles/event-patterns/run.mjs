import { readdir, readFile } from "node:fs/promises";
import { createContext, runInContext } from "node:vm";
import { EventBridgeClient, TestEventPatternCommand } from "@aws-sdk/client-eventbridge";
import { openNode } from "../../packages/stepwell/dist/node.js";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
/** `[name, ...]` of what a file's name ends in, with what must come of it. */
const OUTCOMES = [
  ["_EXC", "refused"],
  ["_NEG", "does not match"],
  ["", "matches"],
];

/**
 * Asks a node, by TestEventPattern, for every `{ Event, EventPattern }` in `folder`; `only` names files to ask for.
 * Returns `[{ name, results: { [id]: { passed, errors } } }]`.
 */
export async function runEventPatterns({ folder, only }) {
  const wanted = only?.split(",");
  const files = (await readdir(folder)).filter((file) => file.endsWith(".json5")).sort();
  const node = await openNode({ data: ":memory:", log: silent });
  const { url: endpoint } = await node.listen({ port: 0, host: "127.0.0.1" });
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new EventBridgeClient({ endpoint, region: "us-east-1", credentials });
  const results = {};
  try {
    for (const file of files) {
      const id = file.replace(/\.json5$/, "");
      if (wanted && !wanted.includes(id)) continue;
      results[id] = await ask(client, id, await readFile(`${folder}/${file}`, "utf8"));
    }
  } finally {
    client.destroy();
    await node.close();
  }
  return [{ name: "TestEventPattern", results }];
}

async function ask(client, id, text) {
  const { Event, EventPattern } = parseJson5(text);
  const input = { Event: JSON.stringify(Event), EventPattern: JSON.stringify(EventPattern) };
  const [, expected] = OUTCOMES.find(([end]) => id.endsWith(end));
  const [outcome, detail] = await client.send(new TestEventPatternCommand(input)).then(
    ({ Result }) => [Result ? "matches" : "does not match"],
    (error) =>
      error.name === "InvalidEventPatternException" ? ["refused", error.message] : ["failed", String(error)],
  );
  const passed = outcome === expected;
  return {
    passed,
    errors: passed ? [] : [`it ${outcome}${detail ? ` (${detail})` : ""}; expected: ${expected}`],
  };
}

/** JSON5 is JavaScript's notation of a value; nothing is within reach of it. */
function parseJson5(text) {
  return runInContext(`(${text}\n)`, createContext(Object.create(null)));
}
