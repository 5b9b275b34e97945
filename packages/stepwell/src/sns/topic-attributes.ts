import type { CallContext } from "../kernel/context.ts";
import { notSupported } from "../kernel/errors.ts";
import { effectiveTopicPolicy, parseTopicPolicy } from "./delivery-policy.ts";
import { invalidParameter } from "./errors.ts";
import { topicArn } from "./names.ts";
import { changeTopic, requireTopic, type SnsParts } from "./parts.ts";
import { checkPolicy, defaultPolicy } from "./policy.ts";
import { subscriptions } from "./table/subscriptions.ts";
import type { Topic } from "./table/topics.ts";

/** Who is to be told how deliveries went: kept and shown; the log says that nobody is told. */
const FEEDBACK =
  /^(HTTP|Firehose|Lambda|Application|SQS)(SuccessFeedbackRoleArn|FailureFeedbackRoleArn|SuccessFeedbackSampleRate)$/;
const LONGEST_DISPLAY_NAME = 100;

/** Those that a request may set; FifoTopic is decided when a topic is created. */
const SETTABLE: Readonly<Record<string, (value: string, fifo: boolean) => string | undefined>> = {
  DeliveryPolicy: () => undefined,
  DisplayName: (value) =>
    value.length <= LONGEST_DISPLAY_NAME ? undefined : "must be at most 100 characters long",
  Policy: () => undefined,
  KmsMasterKeyId: () => undefined,
  ArchivePolicy: () => undefined,
  TracingConfig: (value) => oneOf(value, ["PassThrough", "Active"]),
  SignatureVersion: (value) => oneOf(value, ["1", "2"]),
  ContentBasedDeduplication: (value, fifo) => ofFifo(fifo) ?? oneOf(value, ["true", "false"]),
  FifoThroughputScope: (value, fifo) => ofFifo(fifo) ?? oneOf(value, ["Topic", "MessageGroup"]),
};

export function isTopicAttribute(name: string): boolean {
  return Object.hasOwn(SETTABLE, name) || FEEDBACK.test(name);
}

/** What an attribute is when nobody has set it, as far as setting it makes no difference. */
export function defaultOf(name: string): string | undefined {
  if (name === "ContentBasedDeduplication") return "false";
  return name === "SignatureVersion" || FEEDBACK.test(name) ? undefined : "";
}

/** Refuses a value that an attribute cannot have; `before` is what AWS's text has before the attribute's name. */
export function checkTopicAttribute(name: string, value: string, fifo: boolean, before = ""): void {
  if (name === "ArchivePolicy" && value !== "" && value !== "{}") {
    throw notSupported("archives of topics (ArchivePolicy)", "Leave it out.");
  }
  if (name === "DeliveryPolicy") parseTopicPolicy(value);
  if (name === "Policy" && value !== "") checkPolicy(value);
  const wrong = SETTABLE[name]?.(value, fifo);
  if (wrong !== undefined) throw invalidParameter(`${before}${name}: ${wrong}`);
}

/** https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html */
export async function setTopicAttributes(
  parts: SnsParts,
  context: CallContext,
  input: { readonly TopicArn: string; readonly AttributeName: string; readonly AttributeValue?: string },
): Promise<void> {
  const { TopicArn, AttributeName: name, AttributeValue: value = "" } = input;
  await changeTopic(
    parts,
    () => requireTopic(parts, context, TopicArn, "SetTopicAttributes"),
    (topic) => {
      if (!isTopicAttribute(name)) throw invalidParameter("AttributeName");
      checkTopicAttribute(name, value, isFifo(topic));
      tellOfFeedback(parts, topicArn(topic), [name]);
      const { [name]: _, ...others } = topic.attributes;
      return { ...topic, attributes: value === defaultOf(name) ? others : { ...others, [name]: value } };
    },
  );
}

/** https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html */
export async function getTopicAttributes(
  parts: SnsParts,
  context: CallContext,
  { TopicArn }: { readonly TopicArn: string },
) {
  const topic = await requireTopic(parts, context, TopicArn, "GetTopicAttributes");
  const { DeliveryPolicy, ...set } = topic.attributes;
  const policy = parseTopicPolicy(DeliveryPolicy);
  const count = await subscriptions.count(parts.store, topic);
  return {
    Attributes: {
      Policy: JSON.stringify(defaultPolicy(topic)),
      Owner: topic.account,
      SubscriptionsPending: String(count.pending ?? 0),
      TopicArn: topicArn(topic),
      EffectiveDeliveryPolicy: JSON.stringify(effectiveTopicPolicy(policy)),
      SubscriptionsConfirmed: String(count.confirmed ?? 0),
      DisplayName: "",
      SubscriptionsDeleted: String(topic.subscriptionsDeleted),
      ...(isFifo(topic) ? { ContentBasedDeduplication: "false" } : {}),
      ...set,
      ...(policy ? { DeliveryPolicy: JSON.stringify({ http: policy }) } : {}),
    },
  };
}

/** Says by name what setting these attributes does not do here. */
export function tellOfFeedback(
  { log }: Pick<SnsParts, "log">,
  topic: string,
  names: readonly string[],
): void {
  const ignored = names.filter((name) => FEEDBACK.test(name));
  if (ignored.length > 0)
    log.warn({ topic, ignored }, "the status of deliveries is not logged in CloudWatch");
}

export function isFifo({ attributes }: Topic): boolean {
  return attributes.FifoTopic === "true";
}

function oneOf(value: string, values: readonly string[]): string | undefined {
  return values.includes(value) ? undefined : `Invalid value [${value}]. Must be ${values.join(" or ")}.`;
}

function ofFifo(fifo: boolean): string | undefined {
  return fifo ? undefined : "only FIFO topics have it";
}
