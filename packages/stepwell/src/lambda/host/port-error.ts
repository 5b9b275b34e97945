import { AwsError } from "../../kernel/errors.ts";

/** An error of the durable port on its way to the handler. */
export interface PortError {
  /** AWS's code. */
  readonly name: string;
  readonly message: string;
  readonly httpStatus: number;
  readonly fault: "client" | "server";
}

/** The answer to a call of an invocation that is over. The SDKs know it by the message's first words. */
export const INVOCATION_ENDED: PortError = {
  name: "InvalidParameterValueException",
  message: "Invalid Checkpoint Token: this invocation has ended; what it still reports is not recorded.",
  httpStatus: 400,
  fault: "client",
};

/** What the port threw, as it is sent. */
export function portError(error: unknown): PortError {
  if (error instanceof AwsError) {
    return { name: error.code, message: error.message, httpStatus: error.httpStatus, fault: error.fault };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { name: "ServiceException", message, httpStatus: 500, fault: "server" };
}

/** The error as AWS's SDK clients throw it: known by name, `$fault` and `$metadata`. */
export class PortFailure extends Error {
  readonly $fault: "client" | "server";
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(error: PortError) {
    super(error.message);
    this.name = error.name;
    this.$fault = error.fault;
    this.$metadata = { httpStatusCode: error.httpStatus };
  }
}
