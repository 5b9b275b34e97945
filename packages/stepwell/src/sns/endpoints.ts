import { notSupported } from "../kernel/errors.ts";
import { invalid, invalidParameter } from "./errors.ts";
import { isFifoName } from "./names.ts";

const ARN = "arn:aws[a-z-]*";
const QUEUE = new RegExp(`^${ARN}:sqs:[a-z0-9-]+:\\d{12}:[A-Za-z0-9_-]{1,80}(\\.fifo)?$`);
const FUNCTION = new RegExp(`^${ARN}:lambda:[a-z0-9-]+:\\d{12}:function:[A-Za-z0-9_-]+(:[$A-Za-z0-9_-]+)?$`);
const EMAIL = /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/;
/** Digits, with single separators between them. */
const PHONE = /^\+?\d+(?:[-./ ]\d+|\d)*$/;
const LONGEST_BYTES = 2048;

/** Refuses a protocol or endpoint that a topic cannot have. Throws AwsError. */
export function checkEndpoint(topic: string, protocol: string, endpoint: string): void {
  const check = CHECKS[protocol];
  if (!check) throw invalidParameter(`Amazon SNS does not support this protocol string: ${protocol}`);
  if (Buffer.byteLength(endpoint) > LONGEST_BYTES) throw invalidParameter("Endpoint");
  check(endpoint);
  if (protocol === "sqs" && isFifoName(endpoint) && !isFifoName(topic)) {
    throw invalidParameter(
      "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
    );
  }
  if (protocol !== "sqs" && isFifoName(topic)) {
    throw invalidParameter("Invalid parameter: Endpoint Reason: Please use FIFO SQS queue");
  }
}

/** Whether an SMS can go there (E.164). */
export function isPhoneNumber(text: string): boolean {
  return /^\+?[1-9]\d{1,14}$/.test(text);
}

const CHECKS: Readonly<Record<string, (endpoint: string) => void>> = {
  sqs: (endpoint) => {
    if (!QUEUE.test(endpoint)) throw invalidParameter("SQS endpoint ARN");
  },
  lambda: (endpoint) => {
    if (!FUNCTION.test(endpoint)) throw invalidParameter("Lambda endpoint ARN");
  },
  http: (endpoint) => checkUrl("http", endpoint),
  https: (endpoint) => checkUrl("https", endpoint),
  email: checkEmail,
  "email-json": checkEmail,
  sms: (endpoint) => {
    if (!PHONE.test(endpoint)) throw invalid(`Invalid SMS endpoint: ${endpoint}`);
  },
  application: () => {
    throw notSupported(
      "push notifications (the protocol application)",
      "Subscribe an HTTP endpoint instead.",
    );
  },
  firehose: () => {
    throw notSupported("delivery streams (the protocol firehose)", "Subscribe a queue instead.");
  },
};

function checkUrl(protocol: string, endpoint: string): void {
  if (!endpoint.startsWith(`${protocol}://`)) {
    throw invalidParameter("Endpoint must match the specified protocol");
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (!URL.canParse(endpoint) || /[\u0000-\u0020]/.test(endpoint)) throw invalidParameter("Endpoint");
}

function checkEmail(endpoint: string): void {
  if (!EMAIL.test(endpoint)) throw invalidParameter("Email address");
}
