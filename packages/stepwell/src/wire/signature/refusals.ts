import { AwsError } from "../../kernel/errors.ts";

/**
 * How AWS refuses requests for their signature. Texts: the "Common errors" of each API reference, and what clients
 * report of the services behind it. A rest-json service answers with 403, an aws-json one with 400, as Lambda and
 * DynamoDB do.
 */
export class Refusals {
  readonly #httpStatus: number;

  constructor(httpStatus: 400 | 403) {
    this.#httpStatus = httpStatus;
  }

  missing(): AwsError {
    return this.#error("MissingAuthenticationTokenException", "Missing Authentication Token");
  }

  incomplete(message: string): AwsError {
    return this.#error("IncompleteSignatureException", message);
  }

  invalid(message: string): AwsError {
    return this.#error("InvalidSignatureException", message);
  }

  /** The access key or the session token is not one that may be used here. */
  unrecognized(): AwsError {
    return this.#error(
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    );
  }

  /** Of temporary credentials. */
  expired(): AwsError {
    return this.#error("ExpiredTokenException", "The security token included in the request is expired");
  }

  /** Another secret, or something of the request was changed after it was signed. */
  mismatch(canonical: string, toSign: string): AwsError {
    return this.invalid(
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key " +
        "and signing method. Consult the service documentation for details.\n\n" +
        `The Canonical String for this request should have been\n'${canonical}'\n\n` +
        `The String-to-Sign should have been\n'${toSign}'\n`,
    );
  }

  #error(code: string, message: string): AwsError {
    return new AwsError(code, message, { httpStatus: this.#httpStatus });
  }
}
