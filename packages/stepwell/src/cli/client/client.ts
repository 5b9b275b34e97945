import type { IncomingMessage, RequestOptions } from "node:http";
import { buffer } from "node:stream/consumers";
import type { Clock } from "../../kernel/clock.ts";
import { operationSchema } from "../../kernel/schema/services.ts";
import type { OperationSchema } from "../../kernel/schema/shape.ts";
import { CliError, EXIT } from "../exit.ts";
import { decodeError, decodeResponse, type RawResponse } from "./decode.ts";
import { type EncodedRequest, encodeRequest } from "./encode.ts";
import type { Endpoint } from "./endpoint.ts";
import type { LambdaCalls } from "./types.ts";

/**
 * As an import it costs 40 ms of every command's start instead of 4: an ES module reads every export of what it
 * imports, and some of node:http's load undici when they are read.
 */
const http = process.getBuiltinModule("node:http");

/** Enough for one list over many functions, and few enough not to be in the way. */
const MOST_CONNECTIONS = 8;

/**
 * Speaks to an endpoint as AWS's client does, without being it: importing that costs 80 ms of every command's
 * start. Requests name the region in a credential scope and are not signed, which Stepwell does not ask for.
 */
export class Client {
  readonly endpoint: Endpoint;
  readonly #clock: Clock;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: MOST_CONNECTIONS });

  constructor(endpoint: Endpoint, clock: Clock) {
    this.endpoint = endpoint;
    this.#clock = clock;
  }

  /** Calls an operation of Lambda. Throws CliError: AWS's errors with their code, or what kept the call from AWS. */
  async call<N extends keyof LambdaCalls>(
    name: N,
    input: LambdaCalls[N]["input"],
  ): Promise<LambdaCalls[N]["output"]> {
    const operation = operationSchema(`lambda.${name}`)!;
    const response = await this.#send(encodeRequest(operation, { ...input }));
    if (response.status >= 300) throw this.#refusal(response);
    return this.#decode(operation, response) as LambdaCalls[N]["output"];
  }

  /** Lets go of the connections, so that the process can end. */
  close(): void {
    this.#agent.destroy();
  }

  async #send({ method, path, headers, body }: EncodedRequest): Promise<RawResponse> {
    const { url } = this.endpoint;
    const secure = url.protocol === "https:";
    const request = secure ? process.getBuiltinModule("node:https").request : http.request;
    const options: RequestOptions = {
      method,
      path: url.pathname.replace(/\/$/, "") + path,
      headers: {
        ...headers,
        authorization: this.#authorization(),
        "content-type": typeof body === "string" ? "application/json" : "application/octet-stream",
        "content-length": Buffer.byteLength(body),
      },
      ...(secure ? {} : { agent: this.#agent }),
    };
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        request(url, options, resolve).on("error", reject).end(body);
      });
      return { status: response.statusCode!, headers: response.headers, body: await buffer(response) };
    } catch (error) {
      throw this.#unreachable(error as NodeJS.ErrnoException);
    }
  }

  /** https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html, but for the signature. */
  #authorization(): string {
    const day = new Date(this.#clock.now()).toISOString().slice(0, 10).replaceAll("-", "");
    const scope = `stepwell/${day}/${this.endpoint.region}/lambda/aws4_request`;
    return `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=${"0".repeat(64)}`;
  }

  #decode(operation: OperationSchema, response: RawResponse): Record<string, unknown> {
    try {
      return decodeResponse(operation, response);
    } catch (error) {
      throw this.#stranger(`its answer to ${operation.name} cannot be read`, error);
    }
  }

  #refusal(response: RawResponse): CliError {
    const error = decodeError(response);
    if (!error)
      return this.#stranger(`it answered with HTTP status ${response.status} and none of AWS's errors`);
    const { code, message } = error;
    return new CliError(code, message || `${code}, without a message.`, {
      exitCode: exitCodeOf(code, response.status),
    });
  }

  #stranger(what: string, cause?: unknown): CliError {
    return new CliError(
      "NotStepwell",
      `${this.endpoint.url.origin} does not speak as Stepwell does: ${what}.`,
      {
        hint: "See what listens there, or name another endpoint with --endpoint.",
        cause,
      },
    );
  }

  #unreachable(error: NodeJS.ErrnoException): CliError {
    const { origin, port } = this.endpoint.url;
    if (error.code === "ECONNREFUSED") {
      return new CliError("NothingListens", `Nothing listens at ${origin}.`, {
        hint: `Start Stepwell with \`stepwell dev${port === "4566" ? "" : ` --port ${port || 80}`}\`, or name another endpoint with --endpoint.`,
        cause: error,
      });
    }
    return new CliError(
      "Unreachable",
      `${origin} could not be reached, or cut the connection: ${error.message}.`,
      {
        hint: "If Stepwell was stopped meanwhile, start it again: running executions go on from their last checkpoint.",
        cause: error,
      },
    );
  }
}

function exitCodeOf(code: string, status: number): number {
  // An operation that is not there says nothing about the thing it was asked for.
  if (code === "UnknownOperationException" || status >= 500) return EXIT.failed;
  if (status === 404) return EXIT.notFound;
  return status === 429 ? EXIT.failed : EXIT.refused;
}
