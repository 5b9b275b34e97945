import { AwsError } from "../../kernel/errors.ts";
import type { Protocol } from "../../kernel/schema/file.ts";

/** The codes of services that speak Query, which are older, and their own statuses. */
const QUERY_CODES: Readonly<Record<string, string>> = {
  MissingAuthenticationTokenException: "MissingAuthenticationToken",
  IncompleteSignatureException: "IncompleteSignature",
  InvalidSignatureException: "SignatureDoesNotMatch",
  UnrecognizedClientException: "InvalidClientTokenId",
  ExpiredTokenException: "ExpiredToken",
};

/**
 * How AWS refuses requests for their signature. Texts: the "Common errors" of each API reference, and what clients
 * report of the services behind it. A rest-json service answers with 403, an aws-json one with 400, as Lambda and
 * DynamoDB do; one that speaks Query with 403, but for incomplete signatures, as SNS and STS do.
 */
export class Refusals {
  readonly #protocol: Protocol;

  constructor(protocol: Protocol) {
    this.#protocol = protocol;
  }

  missing(): AwsError {
    const text = "Missing Authentication Token";
    return this.#error(
      "MissingAuthenticationTokenException",
      this.#protocol === "query" ? "Request is missing Authentication Token" : text,
    );
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
    if (this.#protocol !== "query") {
      return new AwsError(code, message, { httpStatus: this.#protocol === "rest-json" ? 403 : 400 });
    }
    const httpStatus = code === "IncompleteSignatureException" ? 400 : 403;
    return new AwsError(QUERY_CODES[code]!, message, { httpStatus });
  }
}
