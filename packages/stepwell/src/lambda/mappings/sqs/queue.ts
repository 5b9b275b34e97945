import type { Clock } from "../../../kernel/clock.ts";
import type { CallContext } from "../../../kernel/context.ts";
import type { Ids } from "../../../kernel/ids.ts";
import type { Logger } from "../../../kernel/logger.ts";
import type { OperationTable } from "../../../kernel/operations.ts";

/** A message as ReceiveMessage gives it. */
export interface QueueMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly MD5OfMessageAttributes?: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<Record<string, QueueMessageAttribute>>;
}

export interface QueueMessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: Uint8Array;
}

export interface QueueOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly operations: OperationTable;
}

/** As many messages as one request of SQS's may concern. */
const MOST_PER_REQUEST = 10;
const LONGEST_WAIT_SECONDS = 20;

/** A queue as SQS's own operations show it. */
export class Queue {
  readonly #options: QueueOptions;
  readonly #arn: string;
  #url: string | undefined;

  constructor(options: QueueOptions, arn: string) {
    this.#options = options;
    this.#arn = arn;
  }

  /** Waits for messages until `signal` is aborted. Throws what SQS throws. */
  async receive(most: number, signal: AbortSignal): Promise<readonly QueueMessage[]> {
    const input = {
      MaxNumberOfMessages: Math.min(most, MOST_PER_REQUEST),
      WaitTimeSeconds: LONGEST_WAIT_SECONDS,
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
    };
    const { Messages = [] } = (await this.#call("ReceiveMessage", input, {
      signal,
      waitsUntilAborted: true,
    })) as { readonly Messages?: readonly QueueMessage[] };
    return Messages;
  }

  /** Removes messages; those that are gone already, or not ours any more, are passed over. */
  async delete(messages: readonly QueueMessage[]): Promise<void> {
    for (const Entries of inRequests(messages)) await this.#call("DeleteMessageBatch", { Entries });
  }

  /** Makes messages visible at once; those that no function was handed count as never received. */
  async giveBack(messages: readonly QueueMessage[], { untried }: { untried: boolean }): Promise<void> {
    await this.#setVisibility(messages, 0, { receivesForAnother: untried });
  }

  /** Keeps messages invisible; resolves to the receipt handles of those that are gone, or somebody else's by now. */
  async hide(messages: readonly QueueMessage[], seconds: number): Promise<ReadonlySet<string>> {
    return new Set(await this.#setVisibility(messages, seconds, { receivesForAnother: true }));
  }

  async #setVisibility(
    messages: readonly QueueMessage[],
    VisibilityTimeout: number,
    more: Partial<CallContext>,
  ): Promise<string[]> {
    const refused: string[] = [];
    for (const entries of inRequests(messages)) {
      const Entries = entries.map((entry) => ({ ...entry, VisibilityTimeout }));
      const { Failed = [] } = (await this.#call("ChangeMessageVisibilityBatch", { Entries }, more)) as {
        readonly Failed?: readonly { readonly Id: string }[];
      };
      refused.push(...Failed.map(({ Id }) => entries[Number(Id)]!.ReceiptHandle));
    }
    return refused;
  }

  /** For how long a message that has been received is hidden. Throws when there is no such queue. */
  async visibilityTimeoutSeconds(): Promise<number> {
    const { Attributes } = (await this.#call("GetQueueAttributes", {
      AttributeNames: ["VisibilityTimeout"],
    })) as { readonly Attributes?: Readonly<Record<string, string>> };
    return Number(Attributes?.VisibilityTimeout);
  }

  async #call(operation: string, input: object, more: Partial<CallContext> = {}): Promise<unknown> {
    const { operations } = this.#options;
    this.#url ??= await this.#findUrl();
    return operations.call(this.#context(more), `sqs.${operation}`, { QueueUrl: this.#url, ...input });
  }

  async #findUrl(): Promise<string> {
    const [, , , , account = "", name = ""] = this.#arn.split(":");
    const input = { QueueName: name, QueueOwnerAWSAccountId: account };
    const found = await this.#options.operations.call(this.#context(), "sqs.GetQueueUrl", input);
    return (found as { readonly QueueUrl: string }).QueueUrl;
  }

  #context(more: Partial<CallContext> = {}): CallContext {
    const { clock, ids, log } = this.#options;
    const [, , , region = "", account = ""] = this.#arn.split(":");
    const { signal } = new AbortController();
    const principal = "lambda.amazonaws.com";
    return { account, region, principal, requestId: ids.uuid(), clock, signal, log, ...more };
  }
}

function* inRequests(messages: readonly QueueMessage[]) {
  for (let i = 0; i < messages.length; i += MOST_PER_REQUEST) {
    const some = messages.slice(i, i + MOST_PER_REQUEST);
    yield some.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
  }
}
