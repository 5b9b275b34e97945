import type { IncomingMessage, RequestOptions } from "node:http";
import { buffer } from "node:stream/consumers";
import type { Clock } from "../../kernel/clock.ts";
import { operationSchema, serviceIndex } from "../../kernel/schema/services.ts";
import type { OperationSchema, StructureShape } from "../../kernel/schema/shape.ts";
import { CliError, EXIT } from "../exit.ts";
import { decodeError, decodeResponse, type RawResponse } from "./decode.ts";
import { encodeRequest } from "./encode.ts";
import type { Endpoint } from "./endpoint.ts";
import { decodeEvents } from "./event-stream.ts";
import type { Unsigned } from "./sign.ts";
import type { Calls, StreamCalls } from "./types.ts";

/**
 * As an import it costs 40 ms of every command's start instead of 4: an ES module reads every export of what it
 * imports, and some of node:http's load undici when they are read.
 */
const http = process.getBuiltinModule("node:http");

const NO_KEY =
  "It asks for signatures: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to a key of the file that it was started with.";

/** Enough for one list over many functions, and few enough not to be in the way. */
const MOST_CONNECTIONS = 8;

/**
 * Speaks to an endpoint as AWS's client does, without being it: importing that costs 80 ms of every command's
 * start. Requests name the region in a credential scope; they are signed when there is a key to sign with.
 */
export class Client {
  readonly endpoint: Endpoint;
  readonly #clock: Clock;
  #serverMs: number | undefined;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: MOST_CONNECTIONS });

  constructor(endpoint: Endpoint, clock: Clock) {
    this.endpoint = endpoint;
    this.#clock = clock;
  }

  /** The server's time, as far as it is known: virtual time is told with every answer. */
  nowMs(): number {
    return this.#serverMs ?? this.#clock.now();
  }

  /** Whether the server's time, as far as it is known, stands still until it is moved. */
  get timeIsVirtual(): boolean {
    return this.#serverMs !== undefined;
  }

  /** Asks the server for its time, so that `nowMs` tells it; one of AWS's own has the world's. */
  async learnTime(): Promise<void> {
    if (this.#serverMs !== undefined) return;
    const unknown = (error: unknown) => {
      if (!(error instanceof CliError) || error.code !== "UnknownOperationException") throw error;
    };
    await this.call("stepwell.GetTime", { MaxItems: 1 }).catch(unknown);
  }

  /** Calls an operation. Throws CliError: AWS's errors with their code, or what kept the call from AWS. */
  async call<N extends keyof Calls>(
    name: N,
    input: Calls[N]["input"],
    signal?: AbortSignal,
  ): Promise<Calls[N]["output"]> {
    const answer = await this.#send(name, input, signal);
    const response = await this.#whole(answer);
    if (response.status >= 300) throw this.#refusal(response);
    return this.#decode(operationSchema(name)!, response) as Calls[N]["output"];
  }

  /** Calls an operation whose answer is a stream, and gives its events until `signal` is aborted or the server stops. */
  async *stream<N extends keyof StreamCalls>(
    name: N,
    input: StreamCalls[N]["input"],
    signal: AbortSignal,
  ): AsyncGenerator<StreamCalls[N]["event"]> {
    const answer = await this.#send(name, input, signal);
    if (answer.statusCode! >= 300) throw this.#refusal(await this.#whole(answer));
    const member = operationSchema(name)!.output.members.find(({ shape }) => shape.type === "union")!;
    try {
      for await (const event of decodeEvents(member.shape as StructureShape, answer)) yield event;
    } catch (error) {
      if (signal.aborted) return;
      throw error instanceof CliError ? error : this.#unreachable(error as NodeJS.ErrnoException);
    }
  }

  /** Lets go of the connections, so that the process can end. */
  close(): void {
    this.#agent.destroy();
  }

  async #send(fullName: string, input: object, signal: AbortSignal | undefined): Promise<IncomingMessage> {
    const service = serviceIndex().get(fullName.slice(0, fullName.indexOf(".")))!;
    const { method, path, headers, body } = encodeRequest(operationSchema(fullName)!, service, { ...input });
    const { url } = this.endpoint;
    const secure = url.protocol === "https:";
    const request = secure ? process.getBuiltinModule("node:https").request : http.request;
    const unsigned = {
      method,
      path: url.pathname.replace(/\/$/, "") + path,
      headers: { ...headers, host: url.host },
      body,
    };
    const options: RequestOptions = {
      method,
      path: unsigned.path,
      headers: {
        ...unsigned.headers,
        ...(await this.#signature(unsigned, service.signingName)),
        "content-length": Buffer.byteLength(body),
      },
      ...(secure ? {} : { agent: this.#agent }),
      ...(signal && { signal }),
    };
    try {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        request(url, options, resolve).on("error", reject).end(body);
      });
      const told = answer.headers["x-stepwell-time"];
      if (typeof told === "string") this.#serverMs = Number(told);
      return answer;
    } catch (error) {
      throw this.#unreachable(error as NodeJS.ErrnoException);
    }
  }

  async #whole(answer: IncomingMessage): Promise<RawResponse> {
    try {
      return { status: answer.statusCode!, headers: answer.headers, body: await buffer(answer) };
    } catch (error) {
      throw this.#unreachable(error as NodeJS.ErrnoException);
    }
  }

  /** https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html; without a key all but the signature. */
  async #signature(request: Unsigned, service: string): Promise<Record<string, string>> {
    const { key, region } = this.endpoint;
    const nowMs = this.#clock.now();
    if (key) {
      // Loads node:crypto, which commands without a key do not wait for.
      const { signingHeaders } = await import("./sign.ts");
      return signingHeaders(request, { region, service }, key, nowMs);
    }
    const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll("-", "");
    const scope = `stepwell/${day}/${region}/${service}/aws4_request`;
    return {
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=${"0".repeat(64)}`,
    };
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
    const keyless = code === "IncompleteSignatureException" && !this.endpoint.key;
    const hint = keyless ? NO_KEY : hintFor(message);
    return new CliError(code, message || `${code}, without a message.`, {
      exitCode: exitCodeOf(code, response.status),
      ...(hint === undefined ? {} : { hint }),
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

/** AWS's words say what is not there, but not how to see what is. */
function hintFor(message: string): string | undefined {
  if (/^Function not found/.test(message)) return "`stepwell functions list` shows those that there are.";
  if (/log group does not exist/.test(message)) {
    return "A function's group is made by its first invocation; `stepwell functions list` shows the functions.";
  }
  return undefined;
}

function exitCodeOf(code: string, status: number): number {
  // An operation that is not there says nothing about the thing it was asked for.
  if (code === "UnknownOperationException" || status >= 500) return EXIT.failed;
  // CloudWatch Logs says it with status 400.
  if (status === 404 || code === "ResourceNotFoundException") return EXIT.notFound;
  return status === 429 ? EXIT.failed : EXIT.refused;
}
