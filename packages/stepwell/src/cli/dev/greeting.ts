import type { AccessKey } from "../../kernel/access-key.ts";
import { type Clock, VirtualClock } from "../../kernel/clock.ts";
import { DEFAULT_REGION } from "../../kernel/context.ts";
import type { StepwellNode } from "../../node.ts";
import type { StoreInfo } from "../../store/store.ts";
import { Client } from "../client/client.ts";
import { DEFAULT_ENDPOINT } from "../client/endpoint.ts";
import { listFunctions } from "../client/functions.ts";
import type { FunctionConfiguration } from "../client/types.ts";
import { styleOf } from "../style.ts";
import type { Terminal } from "../terminal.ts";
import { localTime, shorten } from "../text.ts";

const LONGEST_LIST = 500;

/** What a person wants to know of a server that has just started; `key` is one that it accepts, if it asks for any. */
export async function greeting(
  url: string,
  node: Pick<StepwellNode, "region" | "store" | "clock">,
  { clock, stderr }: Terminal,
  key: AccessKey | undefined,
): Promise<string> {
  const { region, store } = node;
  const style = styleOf(stderr.hasColors);
  const functions = await functionsAt(url, region, clock, key);
  const fields: [name: string, value: string][] = [
    ["functions", functionsText(functions)],
    ["data", dataText(store)],
    ...(node.clock instanceof VirtualClock ? [["time", virtualText(node.clock)] as [string, string]] : []),
    ["logs", "here: each line of a function's log after the function's name"],
    [
      "clients",
      `export AWS_ENDPOINT_URL=${url} AWS_REGION=${region} ${
        key
          ? `AWS_ACCESS_KEY_ID=${key.accessKeyId} AWS_SECRET_ACCESS_KEY=… (its secret)`
          : "AWS_ACCESS_KEY_ID=stepwell AWS_SECRET_ACCESS_KEY=stepwell"
      }`,
    ],
  ];
  const lines = fields.map(([name, value]) => `  ${style.faint(name.padEnd(9))}  ${value}\n`);
  const [first] = functions;
  const where =
    (url === DEFAULT_ENDPOINT ? "" : ` --endpoint ${url}`) +
    (region === DEFAULT_REGION ? "" : ` --region ${region}`);
  return (
    lines.join("") +
    (first ? `→ stepwell invoke ${first.FunctionName}${first.DurableConfig ? " --async" : ""}${where}\n` : "")
  );
}

async function functionsAt(
  url: string,
  region: string,
  clock: Clock,
  key: AccessKey | undefined,
): Promise<FunctionConfiguration[]> {
  const client = new Client({ url: new URL(url), region, options: "", ...(key && { key }) }, clock);
  try {
    return await listFunctions(client);
  } finally {
    client.close();
  }
}

function functionsText(functions: readonly FunctionConfiguration[]): string {
  if (functions.length === 0)
    return "none yet: declare them in stepwell.config.ts, or create them with an AWS client";
  return shorten(
    functions
      .map(({ FunctionName, DurableConfig }) => FunctionName + (DurableConfig ? " (durable)" : ""))
      .join(", "),
    LONGEST_LIST,
  );
}

function virtualText(clock: Clock): string {
  return `virtual, stands at ${localTime(clock.now())}: \`stepwell time\` moves it`;
}

function dataText({ location, fsyncMs, writerThread }: StoreInfo): string {
  if (location === ":memory:") return "in memory: nothing is kept after the end";
  const fsync =
    fsyncMs === undefined
      ? ""
      : ` (fsync ${fsyncMs.toFixed(2)} ms${writerThread ? ", so a thread of its own writes" : ""})`;
  return location + fsync;
}
