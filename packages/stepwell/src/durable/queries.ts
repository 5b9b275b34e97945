import type { CallContext } from "../kernel/context.ts";
import type { NamedVersions } from "../lambda/function.ts";
import type { Row, Store } from "../store/store.ts";
import { executionNotFound, invalidParameter } from "./errors.ts";
import { historyEvent } from "./history.ts";
import { readHistory, readOutline } from "./journal.ts";
import { keyOfArn } from "./keys.ts";
import { find } from "./tables.ts";

const DEFAULT_PAGE = 100;
const LARGEST_PAGE = 1000;

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecution.html */
export async function getDurableExecution(
  store: Store,
  input: { DurableExecutionArn: string; IncludeExecutionData?: boolean },
) {
  const row = await requireExecution(store, input.DurableExecutionArn);
  const { first, last } = await readOutline(store, String(row.key));
  const { identity } = first.data.internal!;
  const withData = input.IncludeExecutionData ?? true;
  const details = first.data.details!;
  const end = last?.data.details;
  return {
    DurableExecutionArn: row.arn,
    DurableExecutionName: row.name,
    FunctionArn: functionArn(row),
    StartTimestamp: row.started_at,
    Status: row.status,
    Version: row.version,
    DurableConfig: {
      ExecutionTimeout: identity!.executionTimeoutSeconds,
      RetentionPeriodInDays: identity!.retentionDays,
    },
    ...(withData
      ? { InputPayload: details.Input?.Payload, Result: end?.Result?.Payload, Error: end?.Error?.Payload }
      : {}),
    ...(row.ended_at === null ? {} : { EndTimestamp: row.ended_at }),
    ...(identity!.traceHeader ? { TraceHeader: { XAmznTraceId: identity!.traceHeader } } : {}),
    ExecutionDataIncluded: withData,
  };
}

export interface HistoryInput {
  DurableExecutionArn: string;
  IncludeExecutionData?: boolean;
  MaxItems?: number;
  Marker?: string;
  ReverseOrder?: boolean;
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecutionHistory.html */
export async function getDurableExecutionHistory(store: Store, input: HistoryInput) {
  const { key } = await requireExecution(store, input.DurableExecutionArn);
  const most = pageSize(input.MaxItems);
  const reverse = input.ReverseOrder ?? false;
  const from = input.Marker === undefined ? undefined : Number(decodeMarker(input.Marker, /^\d{1,15}$/));
  // One more row than asked for tells whether there is a next page.
  const rows = await readHistory(store, String(key), { from, reverse, most: most + 1 });
  const page = rows.slice(0, most);
  return {
    Events: page.map((row) => historyEvent(row, input.IncludeExecutionData ?? true)),
    ...(rows.length > most ? { NextMarker: encodeMarker(String(rows[most]!.seq)) } : {}),
  };
}

export interface ListInput {
  FunctionName: string;
  Qualifier?: string;
  DurableExecutionName?: string;
  Statuses?: readonly string[];
  /** Epoch milliseconds. */
  StartedAfter?: number;
  StartedBefore?: number;
  ReverseOrder?: boolean;
  Marker?: string;
  MaxItems?: number;
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListDurableExecutionsByFunction.html; newest first. */
export async function listDurableExecutions(
  store: Store,
  context: CallContext,
  { name, versions }: NamedVersions,
  input: ListInput,
) {
  const most = pageSize(input.MaxItems);
  const reverse = input.ReverseOrder ?? false;
  const marker =
    input.Marker === undefined ? undefined : decodeMarker(input.Marker, /^\d{1,15} \d{1,16}$/).split(" ");
  const rows = await store.read(reverse ? find.listReversed : find.list, [
    context.account,
    context.region,
    name,
    versions ? `,${versions.join(",")},` : null,
    input.DurableExecutionName ?? null,
    input.Statuses?.length ? `,${input.Statuses.join(",")},` : null,
    input.StartedAfter ?? null,
    input.StartedBefore ?? null,
    marker ? Number(marker[0]) : null,
    marker ? Number(marker[1]) : null,
    most + 1,
  ]);
  const page = rows.slice(0, most);
  const last = page.at(-1);
  return {
    DurableExecutions: page.map((row) => ({
      DurableExecutionArn: row.arn,
      DurableExecutionName: row.name,
      FunctionArn: functionArn(row),
      Status: row.status,
      StartTimestamp: row.started_at,
      ...(row.ended_at === null ? {} : { EndTimestamp: row.ended_at }),
    })),
    ...(rows.length > most ? { NextMarker: encodeMarker(`${last!.started_at} ${last!.number}`) } : {}),
  };
}

/** The execution's own row. Throws ResourceNotFoundException. */
export async function requireExecution(store: Store, arn: string): Promise<Row> {
  const key = keyOfArn(arn);
  const [row] = key === undefined ? [] : await store.read(find.execution, [key]);
  // The id alone finds it, but an ARN that says anything else about it names no execution.
  if (!row || row.arn !== arn) throw executionNotFound(arn);
  return row;
}

function functionArn(row: Row): string {
  return `arn:aws:lambda:${row.region}:${row.account}:function:${row.function_name}:${row.version}`;
}

function pageSize(maxItems: number | undefined): number {
  return Math.min(maxItems || DEFAULT_PAGE, LARGEST_PAGE);
}

function encodeMarker(text: string): string {
  return Buffer.from(text).toString("base64");
}

function decodeMarker(marker: string, form: RegExp): string {
  const text = Buffer.from(marker, "base64").toString("latin1");
  if (!form.test(text)) throw invalidParameter("The Marker is not one that this service gave out.");
  return text;
}
