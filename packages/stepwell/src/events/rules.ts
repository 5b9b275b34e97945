import type { CallContext } from "../kernel/context.ts";
import { InvalidPattern } from "../kernel/patterns/invalid-pattern.ts";
import { compilePattern, type EventPattern } from "../kernel/patterns/pattern.ts";
import { invalidPattern, validationError } from "./errors.ts";
import { type BusName, DEFAULT_BUS, ruleArn } from "./names.ts";
import { decodeToken, listPage, type PageRequest, pageOf } from "./page.ts";
import { commitRules, type EventsParts, requireBus, requireRule, untilNoConflict } from "./parts.ts";
import { isScheduleExpression, scheduleChanges, wakeForSchedule } from "./schedule.ts";
import { type Rule, rules } from "./table/rules.ts";
import { type TagInput, toTags } from "./tags.ts";

export interface PutRuleInput {
  readonly Name: string;
  readonly ScheduleExpression?: string;
  readonly EventPattern?: string;
  readonly State?: string;
  readonly Description?: string;
  readonly RoleArn?: string;
  readonly Tags?: readonly TagInput[];
  readonly EventBusName?: string;
}

interface NamedRule {
  readonly Name: string;
  readonly EventBusName?: string;
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html; the role is only shown. */
export async function putRule(parts: EventsParts, context: CallContext, input: PutRuleInput) {
  const { Name, EventPattern, ScheduleExpression } = input;
  const bus = await requireBus(parts, context, input.EventBusName);
  if (EventPattern === undefined && ScheduleExpression === undefined) {
    throw validationError("Parameter(s) EventPattern or ScheduleExpression must be specified.");
  }
  if (ScheduleExpression !== undefined) {
    if (bus.name !== DEFAULT_BUS) {
      throw validationError("ScheduleExpression is supported only on the default event bus.");
    }
    if (!isScheduleExpression(ScheduleExpression)) {
      throw validationError("Parameter ScheduleExpression is not valid.");
    }
  }
  if (EventPattern !== undefined) checkedPattern(EventPattern);
  const tags = toTags(input.Tags);
  await untilNoConflict(async () => {
    const before = await rules.find(parts.store, bus, Name);
    const after = putOver(parts, context, bus, before, { ...input, tags });
    const change = before ? rules.update(after) : rules.insert(after);
    await commitRules(parts, bus, [change, ...scheduleChanges(context, before, after)]);
    wakeForSchedule(parts, context, before, after);
  });
  return { RuleArn: ruleArn(bus, Name) };
}

/** All that is put replaces what was there, but for the targets, and the tags, which are taken with a new rule only. */
function putOver(
  parts: EventsParts,
  context: CallContext,
  { account, region, name }: BusName,
  before: Rule | undefined,
  input: PutRuleInput & { readonly tags: Rule["tags"] },
): Rule {
  const { EventPattern, ScheduleExpression, State = "ENABLED", Description, RoleArn } = input;
  return {
    bus: { account, region, name },
    name: input.Name,
    ...(EventPattern === undefined ? {} : { pattern: EventPattern }),
    ...(ScheduleExpression === undefined
      ? {}
      : { schedule: newSchedule(parts, context, ScheduleExpression) }),
    state: State,
    ...(Description === undefined ? {} : { description: Description }),
    ...(RoleArn === undefined ? {} : { role: RoleArn }),
    tags: before?.tags ?? input.tags,
    targets: before?.targets ?? [],
    version: before?.version ?? 1,
  };
}

function newSchedule({ ids }: EventsParts, { clock }: CallContext, expression: string) {
  return { expression, id: ids.uuid(), sinceMs: clock.now() };
}

/** Throws InvalidEventPatternException. */
export function checkedPattern(text: string): EventPattern {
  try {
    return compilePattern(text);
  } catch (error) {
    throw error instanceof InvalidPattern ? invalidPattern(error.message) : error;
  }
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html */
export async function describeRule(parts: EventsParts, context: CallContext, input: NamedRule) {
  const bus = await requireBus(parts, context, input.EventBusName);
  return { ...toDescription(await requireRule(parts, bus, input.Name)), CreatedBy: context.account };
}

function toDescription(rule: Rule) {
  return {
    Name: rule.name,
    Arn: ruleArn(rule.bus, rule.name),
    ...(rule.pattern === undefined ? {} : { EventPattern: rule.pattern }),
    ...(rule.schedule === undefined ? {} : { ScheduleExpression: rule.schedule.expression }),
    State: rule.state,
    ...(rule.description === undefined ? {} : { Description: rule.description }),
    ...(rule.role === undefined ? {} : { RoleArn: rule.role }),
    EventBusName: rule.bus.name,
  };
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EnableRule.html, and DisableRule. */
export async function setRuleState(
  parts: EventsParts,
  context: CallContext,
  input: NamedRule,
  state: "ENABLED" | "DISABLED",
): Promise<void> {
  const bus = await requireBus(parts, context, input.EventBusName);
  await untilNoConflict(async () => {
    const before = await requireRule(parts, bus, input.Name);
    if (before.state === state) return;
    // A schedule that is switched on again counts from then on.
    const schedule = before.schedule && newSchedule(parts, context, before.schedule.expression);
    const after = { ...before, state, ...(schedule ? { schedule } : {}) };
    await commitRules(parts, bus, [rules.update(after), ...scheduleChanges(context, before, after)]);
    wakeForSchedule(parts, context, after);
  });
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html: one that is not there is no error. */
export async function deleteRule(parts: EventsParts, context: CallContext, input: NamedRule): Promise<void> {
  const bus = await requireBus(parts, context, input.EventBusName);
  await untilNoConflict(async () => {
    const rule = await rules.find(parts.store, bus, input.Name);
    if (!rule) return;
    if (rule.targets.length > 0) throw validationError("Rule can't be deleted since it has targets.");
    await commitRules(parts, bus, [rules.delete(rule), ...scheduleChanges(context, rule, undefined)]);
    wakeForSchedule(parts, context, rule);
  });
}

export interface ListRulesInput extends PageRequest {
  readonly NamePrefix?: string;
  readonly EventBusName?: string;
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html */
export async function listRules(parts: EventsParts, context: CallContext, input: ListRulesInput) {
  const bus = await requireBus(parts, context, input.EventBusName);
  const { NamePrefix: prefix = "" } = input;
  const { items, next } = await listPage(input, (afterName, most) =>
    rules.list(parts.store, { bus, afterName, prefix, most }),
  );
  return { Rules: items.map(toDescription), ...next };
}

export interface ListRuleNamesInput extends PageRequest {
  readonly TargetArn: string;
  readonly EventBusName?: string;
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRuleNamesByTarget.html */
export async function listRuleNamesByTarget(
  parts: EventsParts,
  context: CallContext,
  input: ListRuleNamesInput,
) {
  const bus = await requireBus(parts, context, input.EventBusName);
  const { items, next } = await listPage(
    input,
    (afterName, most) => rules.list(parts.store, { bus, afterName, prefix: "", most }),
    ({ targets }) => targets.some(({ Arn }) => Arn === input.TargetArn),
  );
  return { RuleNames: items.map(({ name }) => name), ...next };
}

export interface ListTargetsInput extends PageRequest {
  readonly Rule: string;
  readonly EventBusName?: string;
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html */
export async function listTargetsByRule(parts: EventsParts, context: CallContext, input: ListTargetsInput) {
  const bus = await requireBus(parts, context, input.EventBusName);
  const { targets } = await requireRule(parts, bus, input.Rule);
  const { NextToken, Limit = targets.length } = input;
  const after = NextToken === undefined ? undefined : decodeToken(NextToken);
  const from = after === undefined ? 0 : targets.findIndex(({ Id }) => Id === after) + 1;
  const { items, next } = pageOf(targets.slice(from), Limit, ({ Id }) => Id);
  return { Targets: items, ...next };
}
