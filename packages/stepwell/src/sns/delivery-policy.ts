import { invalidParameter } from "./errors.ts";
import { parseJsonAttribute } from "./json-attribute.ts";

/** How deliveries to an endpoint are tried again; delays in seconds, as AWS has them. */
export interface RetryPolicy {
  readonly minDelayTarget: number;
  readonly maxDelayTarget: number;
  readonly numRetries: number;
  readonly numMaxDelayRetries: number;
  readonly numNoDelayRetries: number;
  readonly numMinDelayRetries: number;
  readonly backoffFunction: "linear" | "arithmetic" | "geometric" | "exponential";
}

interface ThrottlePolicy {
  readonly maxReceivesPerSecond?: number;
}

interface RequestPolicy {
  readonly headerContentType?: string;
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html#creating-delivery-policy */
export interface TopicDeliveryPolicy {
  readonly defaultHealthyRetryPolicy?: Partial<RetryPolicy>;
  readonly defaultThrottlePolicy?: ThrottlePolicy;
  readonly disableSubscriptionOverrides: boolean;
  readonly defaultRequestPolicy?: RequestPolicy;
}

export interface SubscriptionDeliveryPolicy {
  readonly healthyRetryPolicy: Partial<RetryPolicy> | null;
  readonly sicklyRetryPolicy: null;
  readonly throttlePolicy: ThrottlePolicy | null;
  readonly requestPolicy: RequestPolicy | null;
  readonly guaranteed: false;
}

/** What is in force for a subscription. */
export interface EffectivePolicy {
  readonly healthyRetryPolicy: RetryPolicy;
  readonly sicklyRetryPolicy: null;
  readonly throttlePolicy: ThrottlePolicy | null;
  readonly requestPolicy: { readonly headerContentType: string };
  readonly guaranteed: false;
}

/** AWS's policy where nobody has set one. */
const DEFAULT_RETRIES: RetryPolicy = {
  minDelayTarget: 20,
  maxDelayTarget: 20,
  numRetries: 3,
  numMaxDelayRetries: 0,
  numNoDelayRetries: 0,
  numMinDelayRetries: 0,
  backoffFunction: "linear",
};
export const DEFAULT_CONTENT_TYPE = "text/plain; charset=UTF-8";

const LONGEST_DELAY_S = 3600;
const MOST_RETRIES = 100;
const BACKOFFS = ["linear", "arithmetic", "geometric", "exponential"];
const COUNTS = ["numRetries", "numMaxDelayRetries", "numNoDelayRetries", "numMinDelayRetries"] as const;

type Fields = Record<string, unknown>;

/** Reads a topic's DeliveryPolicy; an empty one is none. Throws AwsError (InvalidParameterException). */
export function parseTopicPolicy(text: string | undefined): TopicDeliveryPolicy | undefined {
  if (!text) return undefined;
  const { http, ...others } = object(parseJsonAttribute("DeliveryPolicy", text), "");
  refuseOthers(others, "");
  const given = http === undefined || http === null ? {} : object(http, "http");
  const { defaultHealthyRetryPolicy, defaultSicklyRetryPolicy, defaultThrottlePolicy, ...rest } = given;
  const { defaultRequestPolicy, disableSubscriptionOverrides, ...unknown } = rest;
  refuseOthers(unknown, "http.");
  refuseSickly(defaultSicklyRetryPolicy, "http.defaultSicklyRetryPolicy");
  const retries = parseRetries(defaultHealthyRetryPolicy, "http.defaultHealthyRetryPolicy");
  const throttle = parseThrottle(defaultThrottlePolicy, "http.defaultThrottlePolicy");
  const request = parseRequest(defaultRequestPolicy, "http.defaultRequestPolicy");
  return {
    ...(retries && { defaultHealthyRetryPolicy: retries }),
    disableSubscriptionOverrides: boolean(disableSubscriptionOverrides, "http.disableSubscriptionOverrides"),
    ...(throttle && { defaultThrottlePolicy: throttle }),
    ...(request && { defaultRequestPolicy: request }),
  };
}

/** Reads a subscription's DeliveryPolicy; an empty one is none. Throws AwsError (InvalidParameterException). */
export function parseSubscriptionPolicy(text: string | undefined): SubscriptionDeliveryPolicy | undefined {
  if (!text) return undefined;
  const given = object(parseJsonAttribute("DeliveryPolicy", text), "");
  const { healthyRetryPolicy, sicklyRetryPolicy, throttlePolicy, requestPolicy, guaranteed, ...others } =
    given;
  refuseOthers(others, "");
  refuseSickly(sicklyRetryPolicy, "sicklyRetryPolicy");
  if (boolean(guaranteed, "guaranteed")) throw refusal("guaranteed must be false");
  return {
    healthyRetryPolicy: parseRetries(healthyRetryPolicy, "healthyRetryPolicy") ?? null,
    sicklyRetryPolicy: null,
    throttlePolicy: parseThrottle(throttlePolicy, "throttlePolicy") ?? null,
    requestPolicy: parseRequest(requestPolicy, "requestPolicy") ?? null,
    guaranteed: false,
  };
}

/** A topic's policy with everything filled in, as GetTopicAttributes shows it. */
export function effectiveTopicPolicy(policy: TopicDeliveryPolicy | undefined) {
  const { defaultThrottlePolicy, disableSubscriptionOverrides = false } = policy ?? {};
  return {
    http: {
      defaultHealthyRetryPolicy: { ...DEFAULT_RETRIES, ...policy?.defaultHealthyRetryPolicy },
      disableSubscriptionOverrides,
      ...(defaultThrottlePolicy && { defaultThrottlePolicy }),
      defaultRequestPolicy: { headerContentType: DEFAULT_CONTENT_TYPE, ...policy?.defaultRequestPolicy },
    },
  };
}

/** What is in force: the subscription's policy, unless the topic forbids that, over the topic's over AWS's. */
export function effectivePolicy(
  topic: TopicDeliveryPolicy | undefined,
  subscription: SubscriptionDeliveryPolicy | undefined,
): EffectivePolicy {
  const own = topic?.disableSubscriptionOverrides ? undefined : subscription;
  const byTopic = effectiveTopicPolicy(topic).http;
  return {
    healthyRetryPolicy: own?.healthyRetryPolicy
      ? { ...DEFAULT_RETRIES, ...own.healthyRetryPolicy }
      : byTopic.defaultHealthyRetryPolicy,
    sicklyRetryPolicy: null,
    throttlePolicy: own?.throttlePolicy ?? topic?.defaultThrottlePolicy ?? null,
    requestPolicy: { ...byTopic.defaultRequestPolicy, ...own?.requestPolicy },
    guaranteed: false,
  };
}

function parseRetries(given: unknown, path: string): Partial<RetryPolicy> | undefined {
  if (given === undefined || given === null) return undefined;
  const policy = object(given, path);
  const { backoffFunction, minDelayTarget, maxDelayTarget, ...counts } = policy;
  const known: readonly string[] = COUNTS;
  refuseOthers(
    Object.fromEntries(Object.entries(counts).filter(([name]) => !known.includes(name))),
    `${path}.`,
  );
  if (backoffFunction !== undefined && !BACKOFFS.includes(backoffFunction as string)) {
    throw refusal(`${path}.backoffFunction must be one of ${BACKOFFS.join(", ")}`);
  }
  const min = integer(minDelayTarget, `${path}.minDelayTarget`, 1, LONGEST_DELAY_S);
  const max = integer(maxDelayTarget, `${path}.maxDelayTarget`, 1, LONGEST_DELAY_S);
  for (const name of COUNTS) integer(counts[name], `${path}.${name}`, 0, MOST_RETRIES);
  const whole = { ...DEFAULT_RETRIES, ...policy } as RetryPolicy;
  if ((min !== undefined || max !== undefined) && whole.minDelayTarget > whole.maxDelayTarget) {
    throw refusal(`${path}.minDelayTarget must be less than or equal to ${path}.maxDelayTarget`);
  }
  if (whole.numNoDelayRetries + whole.numMinDelayRetries + whole.numMaxDelayRetries > whole.numRetries) {
    throw refusal(
      `${path}.numRetries must be greater than or equal to the sum of numNoDelayRetries, numMinDelayRetries ` +
        "and numMaxDelayRetries",
    );
  }
  return policy as Partial<RetryPolicy>;
}

function parseThrottle(given: unknown, path: string): ThrottlePolicy | undefined {
  if (given === undefined || given === null) return undefined;
  const { maxReceivesPerSecond, ...others } = object(given, path);
  refuseOthers(others, `${path}.`);
  const most = integer(maxReceivesPerSecond, `${path}.maxReceivesPerSecond`, 1, Number.MAX_SAFE_INTEGER);
  return most === undefined ? {} : { maxReceivesPerSecond: most };
}

function parseRequest(given: unknown, path: string): RequestPolicy | undefined {
  if (given === undefined || given === null) return undefined;
  const { headerContentType, ...others } = object(given, path);
  refuseOthers(others, `${path}.`);
  if (headerContentType === undefined || headerContentType === null) return {};
  // A header's value: anything else would change the request.
  if (
    typeof headerContentType !== "string" ||
    !/^[\w.+-]+\/[\w.+-]+(;\s*[\w-]+=[\w.-]+)*$/.test(headerContentType)
  ) {
    throw refusal(`${path}.headerContentType is not a valid content type`);
  }
  return { headerContentType };
}

function refuseSickly(given: unknown, path: string): void {
  if (given !== undefined && given !== null) throw refusal(`${path} must be null`);
}

function refuseOthers(others: Fields, path: string): void {
  const [name] = Object.keys(others);
  if (name !== undefined) throw refusal(`unknown field ${path}${name}`);
}

function object(value: unknown, path: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw refusal(`${path || "policy"} must be an object`);
}

function boolean(value: unknown, path: string): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === "boolean") return value;
  throw refusal(`${path} must be true or false`);
}

function integer(value: unknown, path: string, least: number, most: number): number | undefined {
  if (value === undefined) return undefined;
  if (!Number.isInteger(value)) throw refusal(`${path} must be an integer`);
  if ((value as number) < least) throw refusal(`${path} must be greater than or equal to ${least}`);
  if ((value as number) > most) throw refusal(`${path} must be less than or equal to ${most}`);
  return value as number;
}

function refusal(why: string) {
  return invalidParameter(`DeliveryPolicy: ${why}`);
}
