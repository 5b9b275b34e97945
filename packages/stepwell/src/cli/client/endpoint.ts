import type { AccessKey } from "../../kernel/access-key.ts";
import { DEFAULT_REGION } from "../../kernel/context.ts";
import { usageError } from "../exit.ts";
import type { Terminal } from "../terminal.ts";

export const DEFAULT_ENDPOINT = "http://127.0.0.1:4566";

/** Where commands send their requests. */
export interface Endpoint {
  readonly url: URL;
  readonly region: string;
  /** What requests are signed with; without one they are not. */
  readonly key?: AccessKey;
  /** The options that say the same again, for commands that are suggested. */
  readonly options: string;
}

/**
 * From the options, else from the variables that AWS's clients read
 * (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html), else what `stepwell dev` serves.
 */
export function endpointOf(
  options: { readonly endpoint?: string; readonly region?: string },
  env: Terminal["env"],
): Endpoint {
  const sources: [name: string, value: string | undefined][] = [
    ["--endpoint", options.endpoint],
    ["AWS_ENDPOINT_URL_LAMBDA", env.AWS_ENDPOINT_URL_LAMBDA || undefined],
    ["AWS_ENDPOINT_URL", env.AWS_ENDPOINT_URL || undefined],
    ["the default", DEFAULT_ENDPOINT],
  ];
  const [name, value] = sources.find(([, value]) => value !== undefined)!;
  const region = options.region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || DEFAULT_REGION);
  if (!/^[a-z0-9-]{1,32}$/.test(region)) {
    throw usageError(`'${region}' is not the name of a region.`, "A region looks like us-east-1.");
  }
  const key = keyFrom(env);
  return {
    url: parseUrl(name, value!),
    region,
    ...(key && { key }),
    options:
      (options.endpoint === undefined ? "" : ` --endpoint ${options.endpoint}`) +
      (options.region === undefined ? "" : ` --region ${options.region}`),
  };
}

function parseUrl(name: string, value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw usageError(
    `${name} is '${value}', which is not a URL.`,
    `An endpoint looks like ${DEFAULT_ENDPOINT}.`,
  );
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html */
function keyFrom(env: Terminal["env"]): AccessKey | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined;
  const key = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
  return AWS_SESSION_TOKEN ? { ...key, sessionToken: AWS_SESSION_TOKEN } : key;
}
