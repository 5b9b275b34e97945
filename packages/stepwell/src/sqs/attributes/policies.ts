import type { AwsError } from "../../kernel/errors.ts";
import { invalidAttributeValue, invalidValue, overLimit } from "../errors.ts";
import { parseQueueArn, type QueueKey } from "../place.ts";

type Document = Readonly<Record<string, unknown>>;

const MOST_STATEMENTS = 20;
const MOST_SOURCES = 10;
const POLICY_FIELDS = ["Version", "Id", "Statement"];
const POLICY_VERSIONS = ["2008-10-17", "2012-10-17"];
const STATEMENT_FIELDS = [
  ...[
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
  ],
];

/** An access policy, which is kept and shown. Throws InvalidAttributeValue, and OverLimit for too many statements. */
export function checkPolicy(text: string): void {
  const policy = parseDocument(text);
  const statements = policy && [policy.Statement].flat();
  const valid =
    policy &&
    Object.keys(policy).every((field) => POLICY_FIELDS.includes(field)) &&
    (policy.Version === undefined || POLICY_VERSIONS.includes(policy.Version as string)) &&
    statements!.length > 0 &&
    statements!.every(isStatement);
  if (!valid) throw invalidAttributeValue("Policy");
  if (statements!.length > MOST_STATEMENTS) {
    throw overLimit(
      `${statements!.length} statements were found in the submitted policy, max allowed is ${MOST_STATEMENTS}`,
    );
  }
}

function isStatement(statement: unknown): boolean {
  if (!isDocument(statement)) return false;
  const { Effect, Action, NotAction } = statement;
  return (
    Object.keys(statement).every((field) => STATEMENT_FIELDS.includes(field)) &&
    (Effect === "Allow" || Effect === "Deny") &&
    (Action !== undefined || NotAction !== undefined)
  );
}

/** Where a queue sends what is received too often. Throws for a policy that no queue could have. */
export function checkRedrivePolicy(text: string, queue: QueueKey): QueueKey {
  const policy = parseDocument(text);
  if (!policy) throw invalidAttributeValue("RedrivePolicy", "Redrive policy is not a valid JSON map.");
  const invalid = (reason: string): AwsError => invalidValue(text, "RedrivePolicy", reason);
  for (const name of ["maxReceiveCount", "deadLetterTargetArn"]) {
    if (!(name in policy)) throw invalid(`Redrive policy does not contain mandatory attribute: ${name}.`);
  }
  const { maxReceiveCount, deadLetterTargetArn, ...others } = policy;
  if (Object.keys(others).length > 0) {
    throw invalid("Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].");
  }
  const count = /^\d{1,4}$/.test(String(maxReceiveCount)) ? Number(maxReceiveCount) : 0;
  if (count < 1 || count > 1000) {
    throw invalid(
      `Invalid value for maxReceiveCount: ${maxReceiveCount}, valid values are from 1 to 1000 both inclusive.`,
    );
  }
  const arn = String(deadLetterTargetArn);
  const target = parseQueueArn(arn);
  if (!target) {
    if (arn.startsWith("arn:") && arn.split(":")[2] !== "sqs") {
      throw invalid("Only SQS queues are valid resources for deadLetterTargetArn.");
    }
    throw invalid("Invalid value for deadLetterTargetArn.");
  }
  if (target.account !== queue.account) {
    throw invalid("Dead-letter target owner should be same as the source.");
  }
  if (target.region !== queue.region)
    throw invalid("Dead-letter target region should be same as the source.");
  if (target.name.endsWith(".fifo") !== queue.name.endsWith(".fifo")) {
    // Twice a full stop, as AWS has it.
    throw invalid("Dead-letter queue must be same type of queue as the source..");
  }
  return target;
}

export function deadLetterTargetMissing(text: string): AwsError {
  return invalidValue(text, "RedrivePolicy", "Dead letter target does not exist.");
}

export function deadLetterTargetRefuses(text: string): AwsError {
  return invalidValue(
    text,
    "RedrivePolicy",
    "The dead-letter queue's redrive allow policy does not allow this source queue.",
  );
}

/** Throws for a RedriveAllowPolicy that no queue could have. */
export function checkRedriveAllowPolicy(text: string): void {
  const policy = parseDocument(text);
  const unsupported = () =>
    invalidAttributeValue(
      "RedriveAllowPolicy",
      "Amazon SQS can't create the redrive allow policy, as it’s in an unsupported format.",
    );
  if (!policy) throw unsupported();
  const { redrivePermission, sourceQueueArns: sources, ...others } = policy;
  const known = ["allowAll", "denyAll", "byQueue"].includes(redrivePermission as string);
  const listed =
    sources === undefined || (Array.isArray(sources) && sources.every((arn) => typeof arn === "string"));
  if (!known || !listed || Object.keys(others).length > 0) throw unsupported();
  const invalid = (reason: string): AwsError =>
    invalidValue(text, "RedriveAllowPolicy", `Amazon SQS can't create the redrive allow policy. ${reason}`);
  const count = (sources as readonly string[] | undefined)?.length;
  if (redrivePermission !== "byQueue") {
    if (count === undefined) return;
    throw invalid("To specify one or more source queue ARNs, you must set redrivePermission to byQueue.");
  }
  if (!count) {
    throw invalid(
      "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.",
    );
  }
  if (count > MOST_SOURCES) {
    throw invalid(`The maximum number of source queue ARNs you can specify is ${MOST_SOURCES}.`);
  }
}

/** Whether a queue with that RedriveAllowPolicy takes the dead letters of another. */
export function allowsRedrive(policy: string | undefined, sourceArn: string): boolean {
  if (policy === undefined) return true;
  const { redrivePermission, sourceQueueArns = [] } = JSON.parse(policy);
  if (redrivePermission === "byQueue") return sourceQueueArns.includes(sourceArn);
  return redrivePermission === "allowAll";
}

function parseDocument(text: string): Document | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isDocument(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isDocument(value: unknown): value is Document {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
