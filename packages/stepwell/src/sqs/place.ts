import type { Ids } from "../kernel/ids.ts";
import { invalidAddress } from "./errors.ts";

/** Where a queue is. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

/** A place and the name of a queue there. */
export interface QueueKey extends Place {
  readonly name: string;
}

export function queueArn({ account, region, name }: QueueKey): string {
  return `arn:aws:sqs:${region}:${account}:${name}`;
}

const QUEUE_ARN = /^arn:[\w-]+:sqs:([\w-]+):(\d{12}):([\w.-]{1,80})$/;

/** Undefined for what is no queue's ARN. */
export function parseQueueArn(arn: string): QueueKey | undefined {
  const [, region, account, name] = QUEUE_ARN.exec(arn) ?? [];
  return region && account && name ? { account, region, name } : undefined;
}

/** As AWS's are, at the address where the caller reaches this server. */
export function queueUrl({ account, name }: QueueKey, endpointUrl: string | undefined): string {
  return `${endpointUrl ?? "http://localhost:4566"}/${account}/${name}`;
}

const QUEUE_PATH = /^(?:[a-z]+:\/\/[^/]+)?\/(?:queue\/[\w-]+\/)?(\d{12})\/([^/?#]+)\/?$/;

/**
 * The host says nothing: clients may know this server by several names. A name alone, which AWS takes too, is one of the
 * caller's own queues. Throws InvalidAddress.
 */
export function parseQueueUrl(url: string, caller: Place): QueueKey {
  const { account, region } = caller;
  if (/^[\w.-]+$/.test(url)) return { account, region, name: url };
  const [, owner, name] = QUEUE_PATH.exec(url) ?? [];
  if (owner && name) return { account: owner, region, name };
  throw invalidAddress(url);
}

/** A number of 52 random bits, for a queue. */
export function randomNumber(ids: Ids): number {
  const half = 2 ** 26;
  return Math.floor(ids.random() * half) * half + Math.floor(ids.random() * half);
}
