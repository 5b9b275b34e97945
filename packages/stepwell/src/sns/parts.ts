import type { CallContext } from "../kernel/context.ts";
import type { Dispatcher } from "../kernel/dispatcher.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Targets } from "../kernel/targets.ts";
import { Conflict } from "../store/errors.ts";
import type { Change, Store } from "../store/store.ts";
import { notAuthorized, topicNotFound } from "./errors.ts";
import { type Place, parseLocalTopicArn, type TopicKey, topicArn } from "./names.ts";
import type { Signer } from "./signing/signer.ts";
import { type Topic, topics } from "./table/topics.ts";

/** What the operations work with. */
export interface SnsParts {
  readonly store: Store;
  readonly ids: Ids;
  readonly log: Logger;
  readonly dispatcher: Dispatcher;
  readonly targets: Targets;
  readonly signer: Signer;
  /** Where clients reach this node; undefined without a port. */
  readonly endpointUrl: () => string | undefined;
}

/** More rounds than this lost to others mean that something else is wrong; the nodes of a FIFO topic lose some. */
const MOST_ROUNDS = 50;

/** The topic that a request is about; `action` is what the caller would do. Throws AwsError (NotFoundException). */
export async function requireTopic(
  parts: SnsParts,
  context: CallContext,
  arn: string,
  action: string,
  member?: string,
): Promise<Topic> {
  const key = parseLocalTopicArn(context, arn, member);
  requireOwn(context, key, action);
  const topic = await topics.find(parts.store, key);
  if (!topic) throw topicNotFound();
  return topic;
}

/** There is one account here; topics of others exist for nobody. */
export function requireOwn(context: CallContext, key: TopicKey, action: string): void {
  if (key.account !== context.account) throw notAuthorized(context.principal, action, topicArn(key));
}

/** What a decision comes to: its changes, and what the caller gets once they are durable. */
export interface Decision<T> {
  readonly changes: readonly Change[];
  readonly result: T;
}

/**
 * Decides and commits, and decides again on what is there then when somebody else was faster. What `decide` throws is
 * thrown on, and nothing has changed.
 */
export async function commitDecision<T>(
  { store }: Pick<SnsParts, "store">,
  key: string,
  decide: () => Promise<Decision<T>>,
): Promise<T> {
  for (let round = 1; ; round++) {
    const { changes, result } = await decide();
    if (changes.length === 0) return result;
    try {
      await store.commit(changes, { key });
      return result;
    } catch (error) {
      if (!(error instanceof Conflict) || round === MOST_ROUNDS) throw error;
    }
  }
}

/** Changes a topic as `decide` says; resolves when that is durable. */
export function changeTopic(
  parts: SnsParts,
  find: () => Promise<Topic>,
  decide: (topic: Topic) => Topic,
): Promise<void> {
  return commitDecision(parts, "sns", async () => ({
    changes: [topics.update(decide(await find()))],
    result: undefined,
  }));
}

/** Where links of messages lead: to where their sender reached this server, else to its port, else to AWS. */
export function linkBase(parts: SnsParts, { region }: Place, context?: CallContext): string {
  return context?.endpointUrl ?? parts.endpointUrl() ?? `https://sns.${region}.amazonaws.com`;
}
