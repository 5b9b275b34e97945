import { jsonDocument } from "../client/json.ts";
import type { FunctionConfiguration } from "../client/types.ts";
import { EXIT } from "../exit.ts";
import type { Session } from "../session.ts";
import { durationText, oneLine, shorten } from "../text.ts";
import { modifiedText } from "./list.ts";

export interface ShowFunctionOptions {
  readonly qualifier?: string;
}

const LONGEST_VALUE = 200;

/** `stepwell functions show`: https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html. */
export async function showFunction(
  session: Session,
  FunctionName: string,
  { qualifier }: ShowFunctionOptions,
): Promise<number> {
  const fn = await session.client.call("lambda.GetFunctionConfiguration", {
    FunctionName,
    ...(qualifier === undefined ? {} : { Qualifier: qualifier }),
  });
  if (session.json) session.print(jsonDocument("lambda.GetFunctionConfiguration", fn));
  else session.print(describe(fn, session));
  session.suggest(`invoke ${fn.FunctionName}${fn.DurableConfig ? " --async" : ""}`);
  return EXIT.ok;
}

function describe(fn: FunctionConfiguration, { style }: Session): string {
  const variables = Object.entries(fn.Environment?.Variables ?? {});
  const fields: [name: string, value: string | undefined][] = [
    ["arn", fn.FunctionArn],
    ["version", fn.Version],
    ["about", fn.Description || undefined],
    ["runtime", fn.Runtime],
    ["handler", fn.Handler],
    ["timeout", fn.Timeout === undefined ? undefined : durationText(fn.Timeout * 1000)],
    ["memory", fn.MemorySize === undefined ? undefined : `${fn.MemorySize} MB`],
    ["durable", durableText(fn)],
    ["logs", fn.LoggingConfig?.LogGroup],
    ["modified", modifiedText(fn)],
    ...variables.map(
      ([name, value], i) =>
        [i === 0 ? "variables" : "", `${name}=${shorten(value, LONGEST_VALUE)}`] as [string, string],
    ),
  ];
  const lines = fields.map(([name, value]) =>
    value === undefined ? "" : `  ${style.faint(name.padEnd(9))}  ${oneLine(value)}\n`,
  );
  return `${style.strong(fn.FunctionName)}\n${lines.join("")}`;
}

function durableText({ DurableConfig }: FunctionConfiguration): string {
  if (!DurableConfig) return "no";
  const { ExecutionTimeout, RetentionPeriodInDays } = DurableConfig;
  const parts = [
    ExecutionTimeout !== undefined && `executions may take ${durationText(ExecutionTimeout * 1000)}`,
    RetentionPeriodInDays !== undefined && `are kept for ${RetentionPeriodInDays} d after their end`,
  ];
  return parts.filter(Boolean).join(" and ") || "yes";
}
