import { setTimeout as sleep } from "node:timers/promises";
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  CreateEventSourceMappingCommand,
  type LambdaClient,
  ResourceConflictException,
} from "@aws-sdk/client-lambda";
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { expect } from "vitest";
import type { Aftermath } from "../aftermath.ts";
import { sharing } from "../client.ts";
import type { EffectRecord } from "../record.ts";
import { type Activity, type ActivityOptions, LOOK_MS } from "./activity.ts";

/** As long as the functions' own timeout, which is the least that a mapping allows: eight seconds of the machine's. */
export const VISIBILITY_SECONDS = 240;
const MOST_RECEIVED = 3;
const GROUPS = ["red", "blue"];
const LINES = [1, 2, 3, 4, 5];
/** Behind `line 3` of a group nothing moves until it has been handled. */
const FAILS_ONCE = 3;

/** What a client sends by each way that ends in the queue of the function `message`. */
const SENT = ["sent 1", "batch 1", "batch 2", "topic 1", "topic 2", "rule 1", "rule 2", "poison 1"];

/**
 * Queues that functions read, a topic and a rule in front of one of them, a FIFO queue, and a message that nobody can
 * handle, which ends in the dead-letter queue.
 */
export class Messages implements Activity {
  readonly #record: EffectRecord;
  readonly #acknowledged = new Set<string>();
  readonly #dead: string[] = [];

  constructor({ record }: ActivityOptions) {
    this.#record = record;
  }

  async drive(lambda: LambdaClient): Promise<void> {
    const sqs = await sharing(SQSClient, lambda);
    const sns = await sharing(SNSClient, lambda);
    const events = await sharing(EventBridgeClient, lambda);
    try {
      const urls = await this.#resources(lambda, sqs, sns, events);
      await this.#send(urls, sqs, sns, events);
      await this.#sendLines(urls.lines, sqs);
      while (!this.#isDone()) {
        await sleep(LOOK_MS);
        await this.#readDead(urls.dead, sqs);
      }
    } finally {
      for (const client of [sqs, sns, events]) client.destroy();
    }
  }

  check({ record, interruptions }: Aftermath): void {
    for (const id of this.#acknowledged) {
      if (id.startsWith("line")) continue;
      // One that was cut off as often as it may be received is dead too.
      const ended = record.count("handled message", id) + (interruptions > 0 ? this.#deadTimes(id) : 0);
      expect(ended, id).toBeGreaterThanOrEqual(1);
      if (id.startsWith("poison")) expect(this.#deadTimes(id), id).toBeGreaterThanOrEqual(1);
    }
    for (const group of GROUPS) this.#checkOrder(record, group, interruptions);
  }

  /** The first time that each line is seen comes after those before it have been handled. */
  #checkOrder(record: EffectRecord, group: string, interruptions: number): void {
    let next = 1;
    for (const { what, which } of record.read()) {
      if (which[0] !== group) continue;
      const n = which[1] as number;
      if (what === "line") expect(n, `a line of ${group} before ${next}`).toBeLessThanOrEqual(next);
      if (what === "handled line" && n === next) next += 1;
    }
    expect(next, group).toBe(LINES.length + 1);
    for (const n of LINES) {
      const most = (n === FAILS_ONCE ? 2 : 1) + interruptions;
      expect(record.count("handled line", group, n), `line ${n} of ${group}`).toBeLessThanOrEqual(most);
    }
  }

  /** Each of these calls may be made again in the next life. */
  async #resources(lambda: LambdaClient, sqs: SQSClient, sns: SNSClient, events: EventBridgeClient) {
    const queue = async (QueueName: string, Attributes: Record<string, string>) => {
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
      const shown = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
      return { url: QueueUrl!, arn: shown.Attributes!.QueueArn! };
    };
    const VisibilityTimeout = String(VISIBILITY_SECONDS);
    const dead = await queue("dead", {});
    const redrive = { deadLetterTargetArn: dead.arn, maxReceiveCount: MOST_RECEIVED };
    const RedrivePolicy = JSON.stringify(redrive);
    const messages = await queue("messages", { VisibilityTimeout, RedrivePolicy });
    const lines = await queue("lines.fifo", { VisibilityTimeout, FifoQueue: "true" });
    await this.#map(lambda, messages.arn, "message");
    await this.#map(lambda, lines.arn, "line");
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "news" }));
    const Attributes = { RawMessageDelivery: "true" };
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: messages.arn, Attributes }));
    await events.send(new PutRuleCommand({ Name: "shop", EventPattern: '{"source":["shop"]}' }));
    const target = { Id: "queue", Arn: messages.arn, InputPath: "$.detail.id" };
    await events.send(new PutTargetsCommand({ Rule: "shop", Targets: [target] }));
    return { messages: messages.url, lines: lines.url, dead: dead.url, topic: TopicArn! };
  }

  async #map(lambda: LambdaClient, EventSourceArn: string, FunctionName: string): Promise<void> {
    const command = new CreateEventSourceMappingCommand({ EventSourceArn, FunctionName, BatchSize: 2 });
    await lambda.send(command).catch((error: unknown) => {
      if (!(error instanceof ResourceConflictException)) throw error;
    });
  }

  async #send(
    urls: { readonly messages: string; readonly topic: string },
    sqs: SQSClient,
    sns: SNSClient,
    events: EventBridgeClient,
  ): Promise<void> {
    const QueueUrl = urls.messages;
    for (const id of SENT) {
      if (this.#acknowledged.has(id)) continue;
      const [way] = id.split(" ");
      if (way === "topic") await sns.send(new PublishCommand({ TopicArn: urls.topic, Message: id }));
      else if (way === "rule") {
        const entry = { Source: "shop", DetailType: "order", Detail: JSON.stringify({ id }) };
        const { FailedEntryCount } = await events.send(new PutEventsCommand({ Entries: [entry] }));
        expect(FailedEntryCount).toBe(0);
      } else if (way === "batch") {
        const Entries = [{ Id: "a", MessageBody: id }];
        const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
        expect(Failed).toEqual([]);
      } else await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: id }));
      this.#acknowledged.add(id);
    }
  }

  async #sendLines(QueueUrl: string, sqs: SQSClient): Promise<void> {
    for (const n of LINES) {
      for (const MessageGroupId of GROUPS) {
        const id = `line ${MessageGroupId} ${n}`;
        if (this.#acknowledged.has(id)) continue;
        // One whose answer was lost is sent again with the same id, which makes it no second message.
        const MessageBody = JSON.stringify({ group: MessageGroupId, n, fails: n === FAILS_ONCE });
        const message = {
          QueueUrl,
          MessageBody,
          MessageGroupId,
          MessageDeduplicationId: id.replaceAll(" ", "-"),
        };
        await sqs.send(new SendMessageCommand(message));
        this.#acknowledged.add(id);
      }
    }
  }

  async #readDead(QueueUrl: string, sqs: SQSClient): Promise<void> {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    for (const { Body, ReceiptHandle } of Messages) {
      this.#dead.push(Body!);
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }

  #isDone(): boolean {
    const record = this.#record.read();
    const handled = new Set(record.map(({ what, which }) => `${what} ${which.join(" ")}`));
    const isHandled = (id: string) =>
      id.startsWith("line")
        ? handled.has(`handled ${id}`)
        : this.#deadTimes(id) > 0 || (handled.has(`handled message ${id}`) && !id.startsWith("poison"));
    return [...this.#acknowledged].every(isHandled);
  }

  #deadTimes(id: string): number {
    return this.#dead.filter((one) => one.replaceAll('"', "") === id).length;
  }
}
