import type { CallContext } from "../kernel/context.ts";
import { invalidParameter } from "./errors.ts";
import { type TopicKey, topicArn } from "./names.ts";
import { changeTopic, requireTopic, type SnsParts } from "./parts.ts";
import type { Topic } from "./table/topics.ts";

interface Document {
  readonly Statement?: unknown;
}

/** Actions that a policy of a topic may be about, and that AddPermission takes. */
const ACTIONS = [
  ...["GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic"],
  ...["Subscribe", "ListSubscriptionsByTopic", "Publish"],
];

/**
 * The policy that AWS gives to a new topic. Policies are kept and shown; nobody is refused anything for want of a
 * permission.
 */
export function defaultPolicy(topic: TopicKey) {
  return {
    Version: "2008-10-17",
    Id: "__default_policy_ID",
    Statement: [
      {
        Sid: "__default_statement_ID",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: ACTIONS.map((action) => `SNS:${action}`),
        Resource: topicArn(topic),
        Condition: { StringEquals: { "AWS:SourceOwner": topic.account } },
      },
    ],
  };
}

/** Refuses what is no policy document. */
export function checkPolicy(text: string): void {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw invalidParameter("Policy Error: null");
  }
  const statements = (policy as Document | null)?.Statement;
  if (typeof policy !== "object" || statements === undefined) throw invalidParameter("Policy Error: null");
}

/** https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html */
export async function addPermission(
  parts: SnsParts,
  context: CallContext,
  input: {
    readonly TopicArn: string;
    readonly Label: string;
    readonly AWSAccountId: readonly string[];
    readonly ActionName: readonly string[];
  },
): Promise<void> {
  const { Label, AWSAccountId: accounts, ActionName: actions } = input;
  await changePolicy(parts, context, input.TopicArn, "AddPermission", (statements, topic) => {
    if (actions.some((action) => action !== "*" && !ACTIONS.includes(action))) {
      throw invalidParameter("Policy statement action out of service scope!");
    }
    if (accounts.length === 0 || accounts.some((account) => !/^\d{12}$/.test(account))) {
      throw invalidParameter("Policy Error: PrincipalNotFound");
    }
    if (statements.some(({ Sid }) => Sid === Label)) throw invalidParameter("Statement already exists");
    return [
      ...statements,
      {
        Sid: Label,
        Effect: "Allow",
        Principal: { AWS: oneOrAll(accounts.map((account) => `arn:aws:iam::${account}:root`)) },
        Action: oneOrAll(actions.map((action) => `SNS:${action}`)),
        Resource: topicArn(topic),
      },
    ];
  });
}

/** https://docs.aws.amazon.com/sns/latest/api/API_RemovePermission.html: a label that is not there is no error. */
export async function removePermission(
  parts: SnsParts,
  context: CallContext,
  { TopicArn, Label }: { readonly TopicArn: string; readonly Label: string },
): Promise<void> {
  await changePolicy(parts, context, TopicArn, "RemovePermission", (statements) =>
    statements.filter(({ Sid }) => Sid !== Label),
  );
}

type Statements = readonly { readonly Sid?: unknown }[];

function changePolicy(
  parts: SnsParts,
  context: CallContext,
  arn: string,
  action: string,
  change: (statements: Statements, topic: Topic) => Statements,
): Promise<void> {
  return changeTopic(
    parts,
    () => requireTopic(parts, context, arn, action),
    (topic) => {
      const { Policy } = topic.attributes;
      const policy = Policy ? JSON.parse(Policy) : defaultPolicy(topic);
      const statements = Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement];
      const changed = JSON.stringify({ ...policy, Statement: change(statements, topic) });
      return { ...topic, attributes: { ...topic.attributes, Policy: changed } };
    },
  );
}

function oneOrAll(values: readonly string[]): string | readonly string[] {
  return values.length === 1 ? values[0]! : values;
}
