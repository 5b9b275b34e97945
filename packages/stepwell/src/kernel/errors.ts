/**
 * An error as AWS reports it. The wire renders it per protocol; in-process callers get it as it is.
 * Document: the "Errors" section of each operation in the service's API reference.
 */
export class AwsError extends Error {
  override readonly name = "AwsError";
  /** AWS's code, such as `ResourceNotFoundException`. */
  readonly code: string;
  readonly httpStatus: number;
  /** Whose fault it is; clients retry server faults. */
  readonly fault: "client" | "server";
  /** Its code in the Query protocol, where that differs and the service's schema does not say so. */
  readonly queryCode?: string;
  /** What it says in the Query protocol, where that differs. */
  readonly queryMessage?: string;
  /** Further members of the error's shape, such as `Type`. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: {
      httpStatus?: number;
      fields?: Readonly<Record<string, unknown>>;
      queryCode?: string;
      queryMessage?: string;
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.httpStatus = options.httpStatus ?? 400;
    this.fault = this.httpStatus >= 500 ? "server" : "client";
    this.fields = options.fields ?? {};
    if (options.queryCode !== undefined) this.queryCode = options.queryCode;
    if (options.queryMessage !== undefined) this.queryMessage = options.queryMessage;
  }
}

/** Data that a newer version of Stepwell has written, on a store that nodes of both share: this one must not act on it. */
export class NewerData extends Error {
  override readonly name = "NewerData";
}

/** An operation or option of AWS that Stepwell does not have (yet): said by name, never skipped in silence. */
export function notSupported(what: string, instead: string): AwsError {
  return new AwsError("NotSupportedException", `Stepwell does not support ${what}. ${instead}`, {
    httpStatus: 501,
  });
}
