import { eventTime, type HeldEvent } from "./bus-event.ts";
import { parseJsonPath, valueAt } from "./json-path.ts";
import type { RuleTarget } from "./table/rules.ts";
import { fillTemplate, JsonText, parseTemplate } from "./template.ts";

/** Whose target gets an event, and when the bus got it: what the reserved variables tell. */
export interface InputContext {
  readonly ruleName: string;
  readonly ruleArn: string;
  readonly ingestedAtMs: number;
}

/** What a target gets of an event, as text. */
export type TargetInput = (event: HeldEvent, context: InputContext) => string;

/** Names of reserved variables, with what they stand for. */
const RESERVED: Readonly<Record<string, (event: HeldEvent, context: InputContext) => unknown>> = {
  "aws.events.rule-arn": (_, { ruleArn }) => ruleArn,
  "aws.events.rule-name": (_, { ruleName }) => ruleName,
  "aws.events.event.ingestion-time": (_, { ingestedAtMs }) => eventTime(ingestedAtMs),
  "aws.events.event": ({ event }, { ingestedAtMs }) => ({
    id: event.id,
    account: event.account,
    detailType: event.detailType,
    time: eventTime(ingestedAtMs),
    source: event.source,
    region: event.region,
    resources: event.resources,
    version: "0",
  }),
  "aws.events.event.json": ({ json }) => new JsonText(json),
};

export function isReserved(name: string): boolean {
  return Object.hasOwn(RESERVED, name);
}

/** Makes ready what a target's Input, InputPath or InputTransformer says; without any, the event as it is. */
export function prepareInput(target: RuleTarget): TargetInput {
  const { Input, InputPath, InputTransformer } = target;
  if (Input !== undefined) return () => Input;
  if (InputPath !== undefined) {
    const path = parseJsonPath(InputPath)!;
    return ({ exact }) => JSON.stringify(valueAt(path, exact) ?? null);
  }
  if (InputTransformer === undefined) return ({ json }) => json;
  const template = parseTemplate(InputTransformer.InputTemplate);
  const paths = new Map(
    Object.entries(InputTransformer.InputPathsMap ?? {}).map(([name, path]) => [name, parseJsonPath(path)!]),
  );
  return (event, context) =>
    fillTemplate(template, (name) => {
      const path = paths.get(name);
      return path ? valueAt(path, event.exact) : RESERVED[name]?.(event, context);
    });
}
