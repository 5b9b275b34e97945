import { functionArn, LATEST, type Place } from "../reference.ts";

/** How requests from elsewhere may be answered, as https://fetch.spec.whatwg.org/#http-cors-protocol has it. */
export interface Cors {
  readonly AllowCredentials?: boolean;
  readonly AllowHeaders?: readonly string[];
  readonly AllowMethods?: readonly string[];
  readonly AllowOrigins?: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  /** Seconds. */
  readonly MaxAge?: number;
}

export type AuthType = "NONE" | "AWS_IAM";
export type InvokeMode = "BUFFERED" | "RESPONSE_STREAM";

/** The URL of a function or of one of its aliases. */
export interface FunctionUrl extends Place {
  /** The first label of its host on AWS; nobody can guess it. */
  readonly id: string;
  readonly name: string;
  /** An alias, or `$LATEST` for the function itself. */
  readonly qualifier: string;
  readonly authType: AuthType;
  readonly invokeMode: InvokeMode;
  readonly cors?: Cors;
  readonly createdAtMs: number;
  readonly lastModifiedMs: number;
  /** How often it has changed. */
  readonly version: number;
}

/** Its host on AWS. Requests that name it are served here too. */
export function domainName({ id, region }: FunctionUrl): string {
  return `${id}.lambda-url.${region}.on.aws`;
}

/** Where it is reached: below the server's own address, if that is known. */
function addressOf(url: FunctionUrl, endpointUrl: string | undefined): string {
  return endpointUrl === undefined ? `https://${domainName(url)}/` : `${endpointUrl}/_url/${url.id}/`;
}

/** The ARN of what it invokes. */
export function invokedArn({ account, region, name, qualifier }: FunctionUrl): string {
  return functionArn(account, region, name, qualifier === LATEST ? undefined : qualifier);
}

/** In AWS's form. */
export function toAnswer(url: FunctionUrl, endpointUrl: string | undefined) {
  return {
    FunctionUrl: addressOf(url, endpointUrl),
    FunctionArn: invokedArn(url),
    AuthType: url.authType,
    ...(url.cors ? { Cors: url.cors } : {}),
    CreationTime: isoTime(url.createdAtMs),
    LastModifiedTime: isoTime(url.lastModifiedMs),
    InvokeMode: url.invokeMode,
  };
}

/** `2030-01-01T00:00:00.000Z` */
function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
