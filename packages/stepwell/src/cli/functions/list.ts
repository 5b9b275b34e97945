import { listFunctions } from "../client/functions.ts";
import { jsonDocument, jsonLines } from "../client/json.ts";
import type { FunctionConfiguration } from "../client/types.ts";
import { EXIT } from "../exit.ts";
import type { Session } from "../session.ts";
import { plainColumns, table } from "../table.ts";
import { durationText, localTime } from "../text.ts";

export interface ListFunctionsOptions {
  readonly jsonl?: boolean;
}

/** `stepwell functions list`: https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html. */
export async function showFunctions(session: Session, { jsonl }: ListFunctionsOptions): Promise<number> {
  const Functions = await listFunctions(session.client);
  if (jsonl) session.print(jsonLines("lambda.ListFunctions", { Functions }));
  else if (session.json) session.print(jsonDocument("lambda.ListFunctions", { Functions }));
  else if (session.terminal.stdout.isTty) session.print(forPeople(session, Functions));
  else session.print(plainColumns(Functions.map(plainRow)));
  const [first] = Functions;
  if (first) session.suggest(`functions show ${first.FunctionName}`);
  else session.say(`There are no functions in ${session.client.endpoint.region}.`);
  return EXIT.ok;
}

function forPeople({ style, terminal }: Session, functions: readonly FunctionConfiguration[]): string {
  if (functions.length === 0) return "";
  const columns = ["NAME", "RUNTIME", "TIMEOUT", "MEMORY", "DURABLE", "MODIFIED"].map((title) => ({ title }));
  const rows = functions.map((fn) => [
    { text: fn.FunctionName, paint: style.strong },
    { text: fn.Runtime ?? "" },
    { text: fn.Timeout === undefined ? "" : durationText(fn.Timeout * 1000) },
    { text: fn.MemorySize === undefined ? "" : `${fn.MemorySize} MB` },
    { text: fn.DurableConfig ? "yes" : "no" },
    { text: modifiedText(fn) },
  ]);
  return table(columns, rows, { lineWidth: terminal.stdout.columns, titlePaint: style.faint });
}

/** When a function was last changed, in the machine's time zone. */
export function modifiedText({ LastModified = "" }: FunctionConfiguration): string {
  const atMs = Date.parse(LastModified);
  return Number.isNaN(atMs) ? LastModified : localTime(atMs);
}

function plainRow(fn: FunctionConfiguration): string[] {
  return [
    fn.FunctionName,
    fn.Runtime ?? "-",
    String(fn.Timeout ?? "-"),
    String(fn.MemorySize ?? "-"),
    fn.DurableConfig ? "durable" : "-",
    fn.LastModified ?? "-",
    fn.FunctionArn,
  ];
}
