import type { CallContext } from "../kernel/context.ts";
import { invalidValue, missingParameter, overLimit } from "./errors.ts";
import type { SqsParts } from "./parts.ts";
import type { Queue } from "./queue.ts";
import type { QueueRecord } from "./table/queues.ts";

interface Labelled {
  readonly QueueUrl: string;
  readonly Label: string;
}

interface AddInput extends Labelled {
  readonly AWSAccountIds: readonly string[];
  readonly Actions: readonly string[];
}

interface Policy {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: readonly { readonly Sid?: string }[];
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html */
const SHARED_ACTIONS = [
  ...["*", "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility"],
  ...["GetQueueAttributes", "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue"],
];
const OWNERS_ACTIONS = [
  ...["AddPermission", "CancelMessageMoveTask", "CreateQueue", "DeleteQueue", "ListMessageMoveTasks"],
  ...["ListQueues", "ListQueueTags", "RemovePermission", "SetQueueAttributes", "StartMessageMoveTask"],
  ...["TagQueue", "UntagQueue"],
];
const MOST_ACTIONS = 7;
const MOST_STATEMENTS = 20;
const LABEL = /^[\w-]{1,80}$/;

/** Policies are kept and shown; nobody is refused anything for want of one. */
export async function addPermission(parts: SqsParts, context: CallContext, input: AddInput): Promise<void> {
  checkAdded(input);
  const { record } = await parts.catalog.byUrl(input.QueueUrl, context);
  await parts.catalog.modify(record, (queue) => {
    const policy = policyOf(queue);
    if (policy.Statement.some(({ Sid }) => Sid === input.Label)) {
      throw invalidValue(input.Label, "Label", "Already exists.");
    }
    const count = policy.Statement.length + 1;
    if (count > MOST_STATEMENTS) {
      throw overLimit(`${count} Statements were found, maximum allowed is ${MOST_STATEMENTS}.`);
    }
    return withPolicy(queue, { ...policy, Statement: [...policy.Statement, statementOf(queue, input)] });
  });
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_RemovePermission.html */
export async function removePermission(
  parts: SqsParts,
  context: CallContext,
  input: Labelled,
): Promise<void> {
  if (input.Label === "") throw missingParameter("Label");
  const { record } = await parts.catalog.byUrl(input.QueueUrl, context);
  await parts.catalog.modify(record, (queue) => {
    const policy = policyOf(queue);
    const rest = policy.Statement.filter(({ Sid }) => Sid !== input.Label);
    if (rest.length === policy.Statement.length) {
      const where = rest.length > 0 ? " on existing policy" : "";
      throw invalidValue(input.Label, "Label", `can't find label${where}.`);
    }
    return withPolicy(queue, rest.length > 0 ? { ...policy, Statement: rest } : undefined);
  });
}

function checkAdded({ Label, Actions, AWSAccountIds }: AddInput): void {
  if (Actions.length === 0) throw missingParameter("ActionName");
  if (AWSAccountIds.length === 0) throw missingParameter("AWSAccountIds");
  if (Label === "") throw missingParameter("Label");
  if (!LABEL.test(Label)) {
    throw invalidValue(
      Label,
      "Label",
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.",
    );
  }
  if (Actions.length > MOST_ACTIONS) {
    throw overLimit(`${Actions.length} Actions were found, maximum allowed is ${MOST_ACTIONS}.`);
  }
  for (const action of Actions) {
    if (OWNERS_ACTIONS.includes(action)) {
      const reason = "Only the queue owner is allowed to invoke this action.";
      throw invalidValue(`SQS:${action}`, "ActionName", reason);
    }
    if (!SHARED_ACTIONS.includes(action)) {
      const reason = "Please refer to the appropriate WSDL for a list of valid actions. ";
      throw invalidValue(`SQS:${action}`, "ActionName", reason);
    }
  }
  for (const account of AWSAccountIds) {
    if (!/^\d{12}$/.test(account)) {
      throw invalidValue(`[${account}]`, "PrincipalId", "Unable to verify.");
    }
  }
}

function policyOf({ arn, record }: Queue): Policy {
  const text = record.attributes.Policy;
  if (text === undefined) {
    return { Version: "2008-10-17", Id: `${arn}/SQSDefaultPolicy`, Statement: [] };
  }
  const policy = JSON.parse(text);
  return { ...policy, Statement: [policy.Statement].flat() };
}

function withPolicy({ record }: Queue, policy: Policy | undefined): QueueRecord {
  const { Policy: _, ...attributes } = record.attributes;
  return {
    ...record,
    attributes: policy ? { ...attributes, Policy: JSON.stringify(policy) } : attributes,
  };
}

/** One of a kind stands for itself, as AWS has it. */
function statementOf({ arn }: Queue, { Label, Actions, AWSAccountIds }: AddInput) {
  const accounts = AWSAccountIds.map((account) => `arn:aws:iam::${account}:root`);
  const actions = Actions.map((action) => `SQS:${action}`);
  return {
    Sid: Label,
    Effect: "Allow",
    Principal: { AWS: accounts.length === 1 ? accounts[0] : accounts },
    Action: actions.length === 1 ? actions[0] : actions,
    Resource: arn,
  };
}
