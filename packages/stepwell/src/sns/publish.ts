import type { CallContext } from "../kernel/context.ts";
import type { Target } from "../kernel/targets.ts";
import { isPhoneNumber } from "./endpoints.ts";
import { invalidParameter, topicNotFound } from "./errors.ts";
import { fanOut, type Published } from "./fan-out.ts";
import { order } from "./fifo.ts";
import {
  checkBatch,
  checkMessage,
  type Draft,
  type MessageInput,
  refuseTooLong,
  refuseTooLongBatch,
} from "./message.ts";
import { parseTopicArn } from "./names.ts";
import { commitDecision, linkBase, requireTopic, type SnsParts } from "./parts.ts";
import { record } from "./recorded.ts";
import { type Topic, topics } from "./table/topics.ts";
import { isFifo } from "./topic-attributes.ts";
import { Turns } from "./turns.ts";

interface PublishInput extends MessageInput {
  readonly TopicArn?: string;
  readonly TargetArn?: string;
  readonly PhoneNumber?: string;
}

type Answer = Pick<Published, "messageId" | "sequenceNumber">;

/** When and for whom something is published. */
interface Sending {
  readonly nowMs: number;
  readonly linkBase: string;
}

/** Publishes messages: a message and all its deliveries are one commit. */
export class Publisher {
  readonly #parts: SnsParts;
  readonly #nowMs: () => number;
  /** Publishers of one FIFO topic would otherwise make each other decide again. */
  readonly #turns = new Turns();

  constructor(parts: SnsParts, nowMs: () => number) {
    this.#parts = parts;
    this.#nowMs = nowMs;
  }

  /** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
  async publish(context: CallContext, input: PublishInput) {
    const { TopicArn, TargetArn, PhoneNumber } = input;
    const named = [TopicArn, TargetArn, PhoneNumber].filter((one) => one !== undefined);
    if (named.length === 0) {
      throw invalidParameter("TopicArn or TargetArn Reason: no value for required parameter");
    }
    if (named.length > 1) {
      throw invalidParameter(
        "Must specify only one of the following parameters: TopicArn, TargetArn, PhoneNumber",
      );
    }
    if (PhoneNumber !== undefined) return this.#sms(context, PhoneNumber, input);
    if (TargetArn?.includes(":endpoint/")) {
      throw invalidParameter("TargetArn Reason: No endpoint found for the target arn specified");
    }
    const member = TopicArn === undefined ? "TargetArn" : "TopicArn";
    const [answer] = await this.#send(context, (TopicArn ?? TargetArn)!, member, "Publish", (topic) => {
      const draft = checkMessage(input, topic);
      refuseTooLong(draft);
      return [draft];
    });
    return shown(answer!);
  }

  /**
   * https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html: whatever is wrong with an entry, AWS refuses the
   * whole batch.
   */
  async publishBatch(
    context: CallContext,
    input: {
      readonly TopicArn: string;
      readonly PublishBatchRequestEntries: readonly (MessageInput & { readonly Id: string })[];
    },
  ) {
    const { TopicArn, PublishBatchRequestEntries: entries } = input;
    const answers = await this.#send(context, TopicArn, "TopicArn", "Publish", (topic) => {
      checkBatch(entries);
      const drafts = entries.map((entry) => checkMessage(entry, topic));
      refuseTooLongBatch(drafts);
      return drafts;
    });
    return {
      Successful: answers.map((answer, i) => ({ Id: entries[i]!.Id, ...shown(answer) })),
      Failed: [],
    };
  }

  /** Publishes what others send to a topic, in their commit. */
  readonly target: Target = async (arn, { payload, message = {} }) => {
    const topic = await topics.find(this.#parts.store, parseTopicArn(arn));
    if (!topic) throw topicNotFound();
    const { attributes = {}, subject, groupId, deduplicationId } = message;
    const input: MessageInput = {
      Message: payload,
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, { dataType, stringValue, binaryValue }]) => [
          name,
          {
            DataType: dataType,
            ...(stringValue === undefined ? {} : { StringValue: stringValue }),
            ...(binaryValue === undefined ? {} : { BinaryValue: binaryValue }),
          },
        ]),
      ),
      ...(subject === undefined ? {} : { Subject: subject }),
      ...(groupId === undefined ? {} : { MessageGroupId: groupId }),
      ...(deduplicationId === undefined ? {} : { MessageDeduplicationId: deduplicationId }),
    };
    const draft = checkMessage(input, topic);
    refuseTooLong(draft);
    const sending = { nowMs: this.#nowMs(), linkBase: linkBase(this.#parts, topic) };
    const { changes, committed } = await this.#decide(topic, [draft], sending);
    return { changes, committed };
  };

  async #send(
    context: CallContext,
    arn: string,
    member: string,
    action: string,
    check: (topic: Topic) => readonly Draft[],
  ): Promise<readonly Answer[]> {
    const attempt = async () => {
      const topic = await requireTopic(this.#parts, context, arn, action, member);
      const sending = { nowMs: context.clock.now(), linkBase: linkBase(this.#parts, topic, context) };
      const { changes, ...result } = await this.#decide(topic, check(topic), sending);
      return { changes, result };
    };
    const key = `sns/${arn}`;
    const send = () => commitDecision(this.#parts, key, attempt);
    const { answers, committed } = await (arn.endsWith(".fifo") ? this.#turns.take(key, send) : send());
    committed();
    return answers;
  }

  async #decide(topic: Topic, drafts: readonly Draft[], sending: Sending) {
    if (!isFifo(topic)) {
      const messages = drafts.map((draft) => ({ draft, messageId: this.#parts.ids.uuid() }));
      const answers: readonly Answer[] = messages;
      return { ...(await fanOut(this.#parts, topic, messages, sending)), answers };
    }
    const ordered = await order(this.#parts, topic, drafts, sending.nowMs);
    const { changes, committed } = await fanOut(this.#parts, topic, ordered.fresh, sending);
    const answers: readonly Answer[] = ordered.answers;
    return { changes: [...ordered.changes, ...changes], committed, answers };
  }

  async #sms(context: CallContext, phone: string, input: PublishInput) {
    if (!isPhoneNumber(phone)) {
      throw invalidParameter(`PhoneNumber Reason: ${phone} is not valid to publish to`);
    }
    const draft = checkMessage(input);
    refuseTooLong(draft);
    const { store, ids } = this.#parts;
    const text = draft.texts.sms ?? draft.texts.default;
    const what = { protocol: "sms", endpoint: phone, message: text };
    const { changes, committed } = record(this.#parts, context, what, context.clock.now());
    await store.commit(changes, { key: "sns" });
    committed();
    return { MessageId: ids.uuid() };
  }
}

function shown({ messageId, sequenceNumber }: Answer) {
  return {
    MessageId: messageId,
    ...(sequenceNumber === undefined ? {} : { SequenceNumber: sequenceNumber }),
  };
}
