import type { CallContext } from "../kernel/context.ts";
import { notSupported } from "../kernel/errors.ts";
import { Conflict } from "../store/errors.ts";
import { invalidParameter } from "./errors.ts";
import { isFifoName, parseLocalTopicArn, topicArn } from "./names.ts";
import { requireOwn, type SnsParts } from "./parts.ts";
import { deduplications } from "./table/deduplications.ts";
import { subscriptions } from "./table/subscriptions.ts";
import { type Topic, topics } from "./table/topics.ts";
import { checkTags, type TagList } from "./tags.ts";
import { decodeToken, encodeToken, PAGE } from "./tokens.ts";
import { checkTopicAttribute, defaultOf, isTopicAttribute, tellOfFeedback } from "./topic-attributes.ts";

interface CreateInput {
  readonly Name: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly Tags?: TagList;
  readonly DataProtectionPolicy?: string;
}

const LONGEST_NAME = 256;

/**
 * https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html: one that is there already is returned, unless it
 * differs in an attribute or tag that is given.
 */
export async function createTopic(parts: SnsParts, context: CallContext, input: CreateInput) {
  if (input.DataProtectionPolicy) throw noDataProtection();
  const attributes = checkAttributes(input);
  const tags = checkTags(input.Tags ?? []);
  const { account, region } = context;
  const key = { account, region, name: input.Name };
  const fresh: Topic = { ...key, version: 1, lastSequence: 0, attributes, tags, subscriptionsDeleted: 0 };
  for (;;) {
    const known = await topics.find(parts.store, key);
    if (known) {
      refuseDifference(known, fresh);
      return { TopicArn: topicArn(known) };
    }
    try {
      await parts.store.commit([topics.insert(fresh)], { key: "sns" });
      tellOfFeedback(parts, topicArn(fresh), Object.keys(attributes));
      return { TopicArn: topicArn(fresh) };
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
  }
}

export function noDataProtection() {
  return notSupported("data protection policies of topics", "Leave the policy out.");
}

function checkAttributes({ Name, Attributes = {} }: CreateInput): Record<string, string> {
  const fifo = Attributes.FifoTopic;
  if (fifo !== undefined && fifo !== "true" && fifo !== "false") {
    throw invalidParameter("Attributes Reason: FifoTopic: Invalid value. Must be true or false.");
  }
  checkName(Name, fifo === "true");
  const { FifoTopic: _, ...others } = Attributes;
  for (const [name, value] of Object.entries(others)) {
    if (!isTopicAttribute(name)) throw invalidParameter(`Attributes Reason: Unknown attribute: ${name}`);
    checkTopicAttribute(name, value, fifo === "true", "Attributes Reason: ");
  }
  const set = Object.entries(others).filter(([name, value]) => value !== defaultOf(name));
  return { ...Object.fromEntries(set), ...(fifo === "true" ? { FifoTopic: "true" } : {}) };
}

function checkName(name: string, fifo: boolean): void {
  const base = fifo && isFifoName(name) ? name.slice(0, -".fifo".length) : name;
  if (/^[A-Za-z0-9_-]+$/.test(base) && name.length <= LONGEST_NAME && isFifoName(name) === fifo) return;
  throw fifo
    ? invalidParameter(
        "Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, " +
          "numbers, underscores, and hyphens, and must be between 1 and 256 characters long.",
      )
    : invalidParameter("Topic Name");
}

function refuseDifference(known: Topic, wanted: Topic): void {
  const differs = (given: Readonly<Record<string, string>>, has: Readonly<Record<string, string>>) =>
    Object.entries(given).some(([name, value]) => has[name] !== value);
  if (differs(wanted.tags, known.tags)) {
    throw invalidParameter("Tags Reason: Topic already exists with different tags");
  }
  if (differs(wanted.attributes, known.attributes)) {
    throw invalidParameter("Attributes Reason: Topic already exists with different attributes");
  }
}

/** https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html: one that is gone is no error. */
export async function deleteTopic(
  parts: SnsParts,
  context: CallContext,
  { TopicArn }: { readonly TopicArn: string },
): Promise<void> {
  const key = parseLocalTopicArn(context, TopicArn);
  requireOwn(context, key, "DeleteTopic");
  const forgotten = deduplications.deleteUntil(key, Number.MAX_SAFE_INTEGER);
  await parts.store.commit([topics.delete(key), subscriptions.deleteOfTopic(key), forgotten], { key: "sns" });
}

/** https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html */
export async function listTopics(
  parts: SnsParts,
  context: CallContext,
  { NextToken }: { readonly NextToken?: string },
) {
  const [afterName] = NextToken ? decodeToken(NextToken, 1) : [""];
  const names = await topics.names(parts.store, context, afterName!, PAGE + 1);
  const { account, region } = context;
  const shown = names.slice(0, PAGE);
  return {
    Topics: shown.map((name) => ({ TopicArn: topicArn({ account, region, name }) })),
    ...(names.length > PAGE ? { NextToken: encodeToken(shown.at(-1)!) } : {}),
  };
}
