import type { CallContext } from "../kernel/context.ts";
import { type AwsError, notSupported } from "../kernel/errors.ts";
import type { Targets } from "../kernel/targets.ts";
import { limitExceeded, validationError } from "./errors.ts";
import { parseJsonPath } from "./json-path.ts";
import { isLogGroup } from "./log-groups.ts";
import { parseBusArn } from "./names.ts";
import { commitRules, type EventsParts, requireBus, requireRule, untilNoConflict } from "./parts.ts";
import { type Rule, type RuleTarget, rules } from "./table/rules.ts";
import { isReserved } from "./target-input.ts";
import { isJsonTemplate, parseTemplate, placeholdersOf } from "./template.ts";

interface PutTargetsInput {
  readonly Rule: string;
  readonly EventBusName?: string;
  readonly Targets: readonly RuleTarget[];
}

const MOST_TARGETS = 5;
const ARN = /^arn:[\w-]+:[\w-]+:[\w-]*:\d*:.+$/;

/** Parameters of kinds of targets that Stepwell does not have. */
const OTHER_PARAMETERS = [
  ...["KinesisParameters", "RunCommandParameters", "EcsParameters", "BatchParameters", "HttpParameters"],
  ...["RedshiftDataParameters", "SageMakerPipelineParameters", "AppSyncParameters"],
] as const;

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html; roles are only shown. */
export async function putTargets(parts: EventsParts, context: CallContext, input: PutTargetsInput) {
  const bus = await requireBus(parts, context, input.EventBusName);
  await untilNoConflict(async () => {
    const rule = await requireRule(parts, bus, input.Rule);
    for (const target of input.Targets) checkTarget(parts.targets, target);
    const after = withTargets(rule, input.Targets);
    if (after.targets.length > MOST_TARGETS) throw limitExceeded();
    await commitRules(parts, bus, [rules.update(after)]);
  });
  return { FailedEntryCount: 0, FailedEntries: [] };
}

function withTargets(rule: Rule, put: readonly RuleTarget[]): Rule {
  const targets = new Map(rule.targets.map((target) => [target.Id, target]));
  for (const target of put) targets.set(target.Id, target);
  return { ...rule, targets: [...targets.values()] };
}

interface RemoveTargetsInput {
  readonly Rule: string;
  readonly EventBusName?: string;
  readonly Ids: readonly string[];
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemoveTargets.html */
export async function removeTargets(parts: EventsParts, context: CallContext, input: RemoveTargetsInput) {
  const bus = await requireBus(parts, context, input.EventBusName);
  return untilNoConflict(async () => {
    const rule = await requireRule(parts, bus, input.Rule);
    const targets = rule.targets.filter(({ Id }) => !input.Ids.includes(Id));
    if (targets.length < rule.targets.length) {
      await commitRules(parts, bus, [rules.update({ ...rule, targets })]);
    }
    const unknown = input.Ids.filter((id) => !rule.targets.some(({ Id }) => Id === id));
    return { FailedEntryCount: unknown.length, FailedEntries: unknown.map((id) => notTarget(rule, id)) };
  });
}

function notTarget({ name }: Rule, TargetId: string) {
  return {
    TargetId,
    ErrorCode: "ResourceNotFoundException",
    ErrorMessage: `Rule '${name}' does not have a target with the Id '${TargetId}'.`,
  };
}

/** Refuses a target whose rule could never deliver to it. Whether the resource is there shows when an event comes. */
function checkTarget(targets: Targets, target: RuleTarget): void {
  const { Id, Arn, SqsParameters } = target;
  if (!ARN.test(Arn)) {
    throw validationError(`Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`);
  }
  for (const name of OTHER_PARAMETERS) {
    if (name in target) throw notSupported(`targets with ${name}`, SUPPORTED);
  }
  if (!targets.has(Arn))
    throw notSupported(`targets of the service ${Arn.split(":")[2]} (${Arn})`, SUPPORTED);
  const service = Arn.split(":")[2];
  if ((service === "events" && !parseBusArn(Arn)) || (service === "logs" && !isLogGroup(Arn))) {
    throw notSupported(`the target ${Arn}`, SUPPORTED);
  }
  if (Arn.endsWith(".fifo") && service === "sqs" && SqsParameters?.MessageGroupId === undefined) {
    throw validationError(`Parameter(s) SqsParameters must be specified for target: ${Id}.`);
  }
  if (Arn.endsWith(".fifo") && service === "sns") {
    throw notSupported(`the FIFO topic ${Arn} as a target`, "Use a FIFO queue.");
  }
  checkDeadLetters(target);
  checkInput(target);
}

function checkDeadLetters({ DeadLetterConfig }: RuleTarget): void {
  const arn = DeadLetterConfig?.Arn;
  if (arn === undefined) return;
  const service = arn.split(":")[2] ?? arn;
  if (service !== "sqs") throw validationError(`${service} is not supported as a dead letter resource`);
  if (arn.endsWith(".fifo")) throw validationError("SQS FIFO is not supported by Dead Letter Queues");
}

const SUPPORTED = "A rule can have functions, queues, topics, event buses and log groups as its targets.";

function checkInput({ Id, Arn, Input, InputPath, InputTransformer }: RuleTarget): void {
  const given = [Input, InputPath, InputTransformer].filter((input) => input !== undefined);
  if (given.length > 1) {
    throw validationError(
      `Only one of Input, InputPath, or InputTransformer must be provided for target ${Id}.`,
    );
  }
  if (given.length > 0 && parseBusArn(Arn)) {
    throw notSupported(
      "Input, InputPath and InputTransformer of event buses as targets",
      "Events go on as they are: change them at the targets of the other bus.",
    );
  }
  if (Input !== undefined) checkJson(Id, Input);
  if (InputPath !== undefined && !parseJsonPath(InputPath)) {
    throw invalidPath(Id);
  }
  if (InputTransformer !== undefined) checkTransformer(Id, InputTransformer);
}

function checkJson(id: string, text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw validationError(`JSON syntax error in input for target ${id}: ${source(text)}.`);
  }
}

function checkTransformer(
  id: string,
  { InputPathsMap: paths = {}, InputTemplate }: NonNullable<RuleTarget["InputTransformer"]>,
): void {
  for (const path of Object.values(paths)) {
    if (!parseJsonPath(path)) {
      throw invalidPath(id);
    }
  }
  const template = parseTemplate(InputTemplate);
  for (const name of placeholdersOf(template)) {
    if (Object.hasOwn(paths, name) || isReserved(name)) continue;
    throw validationError(`InputTemplate for target ${id} contains invalid placeholder ${name}.`);
  }
  if (!isJsonTemplate(template)) {
    throw validationError(`Invalid InputTemplate for target ${id} : ${source(InputTemplate)}.`);
  }
}

/** AWS says the same of the paths of a transformer. */
function invalidPath(id: string): AwsError {
  return validationError(`InputPath for target ${id} is invalid.`);
}

/** AWS tells where its reader of JSON gave up; here it is always the beginning. */
function source(text: string): string {
  return `[Source: (String)"${text.slice(0, 500)}"; line: 1, column: 1]`;
}
