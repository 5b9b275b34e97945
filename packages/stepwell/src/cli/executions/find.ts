import type { Client } from "../client/client.ts";
import { listFunctions } from "../client/functions.ts";
import type { Execution } from "../client/types.ts";

/** The most that AWS gives at once. */
const PAGE = 1000;

export interface ExecutionFilter {
  readonly functionName?: string | undefined;
  /** A version; all of them by default. */
  readonly qualifier?: string | undefined;
  readonly name?: string | undefined;
  readonly statuses?: readonly string[] | undefined;
  /** Started after and before, in epoch milliseconds. */
  readonly afterMs?: number | undefined;
  readonly beforeMs?: number | undefined;
  /** Oldest first. */
  readonly oldestFirst?: boolean | undefined;
}

/** The first executions, newest first unless the filter says otherwise: at most `most` of one function, or of all merged. */
export async function findExecutions(
  client: Client,
  filter: ExecutionFilter,
  most: number,
): Promise<Execution[]> {
  const names = filter.functionName === undefined ? await durableFunctions(client) : [filter.functionName];
  const lists = await Promise.all(names.map((name) => firstOf(client, name, filter, most)));
  const order = filter.oldestFirst ? (a: Execution, b: Execution) => -newestFirst(a, b) : newestFirst;
  return merged(lists, order).slice(0, most);
}

async function firstOf(
  client: Client,
  name: string,
  filter: ExecutionFilter,
  most: number,
): Promise<Execution[]> {
  const found: Execution[] = [];
  for await (const page of executionPages(client, name, filter, Math.min(most, PAGE))) {
    found.push(...page);
    if (found.length >= most) break;
  }
  return found;
}

/** Every execution of all functions whose name begins so, until there are `most`. */
export async function executionsBeginning(
  client: Client,
  prefix: string,
  most: number,
): Promise<Execution[]> {
  const found: Execution[] = [];
  for (const name of await durableFunctions(client)) {
    for await (const page of executionPages(client, name, {}, PAGE)) {
      found.push(...page.filter((execution) => execution.DurableExecutionName.startsWith(prefix)));
      if (found.length >= most) return found.slice(0, most);
    }
  }
  return found;
}

async function* executionPages(
  client: Client,
  FunctionName: string,
  filter: ExecutionFilter,
  MaxItems: number,
): AsyncGenerator<readonly Execution[]> {
  const { qualifier, name, statuses, afterMs, beforeMs, oldestFirst } = filter;
  let marker: string | undefined;
  do {
    const page = await client.call("lambda.ListDurableExecutionsByFunction", {
      FunctionName,
      MaxItems,
      ...(qualifier === undefined ? {} : { Qualifier: qualifier }),
      ...(name === undefined ? {} : { DurableExecutionName: name }),
      ...(statuses === undefined ? {} : { Statuses: statuses }),
      ...(afterMs === undefined ? {} : { StartedAfter: afterMs }),
      ...(beforeMs === undefined ? {} : { StartedBefore: beforeMs }),
      ...(oldestFirst ? { ReverseOrder: true } : {}),
      ...(marker === undefined ? {} : { Marker: marker }),
    });
    yield page.DurableExecutions ?? [];
    marker = page.NextMarker;
  } while (marker !== undefined);
}

/** AWS lists executions by function only, so those of all functions begin with the functions. */
async function durableFunctions(client: Client): Promise<string[]> {
  const functions = await listFunctions(client);
  return functions.filter(({ DurableConfig }) => DurableConfig).map(({ FunctionName }) => FunctionName);
}

/** One list of several that are in order: executions of one function stay in the order that the server gave them. */
function merged(
  lists: readonly (readonly Execution[])[],
  order: (a: Execution, b: Execution) => number,
): Execution[] {
  const rest = lists.map((list) => [...list].reverse());
  return lists.flat().map(() => {
    const first = rest
      .filter((list) => list.length > 0)
      .reduce((one, other) => (order(other.at(-1)!, one.at(-1)!) < 0 ? other : one));
    return first.pop()!;
  });
}

/** Those started in the same millisecond, in which virtual time may stand, by the id that ends their ARNs and grows. */
function newestFirst(a: Execution, b: Execution): number {
  return b.StartTimestamp - a.StartTimestamp || (idOf(a) < idOf(b) ? 1 : -1);
}

function idOf({ DurableExecutionArn: arn }: Execution): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}
