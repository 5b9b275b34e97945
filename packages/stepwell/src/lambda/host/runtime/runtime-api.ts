import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { RealClock } from "../../../kernel/clock.ts";
import type { FunctionError } from "../host.ts";
import type { HandlerOutcome, InstanceConnection, InvokeMessage, ToInstance } from "../protocol.ts";
import { LARGEST_RESPONSE_BYTES, RESPONSE_TOO_LARGE } from "../runtime-errors.ts";
import { readBody, reportedError } from "./reports.ts";
import { wireEvent } from "./wire-event.ts";

/** Not imported: that would load all of node:http's exports, and with them fetch, at every start. */
const { createServer } = process.getBuiltinModule("node:http");

/** What a runtime tells through its API. */
export interface RuntimeEvents {
  /** It asked for an invocation for the first time: its initialisation is over. */
  ready(): void;
  answered(id: number, outcome: HandlerOutcome): void;
  /** It could not be initialised. The answer is on its way to it; it may be ended. */
  initFailed(error: FunctionError): void;
}

const BASE = "/2018-06-01/runtime";
const REPORT = new RegExp(`^${BASE}/invocation/([^/]+)/(response|error)$`);
const realClock = new RealClock();

/**
 * AWS's Runtime API (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) for one instance: an HTTP server of
 * its own on loopback, since runtimes know it by host and port alone. A request for the next invocation waits until
 * there is one. Refusals have the words of AWS's own emulator of this API.
 */
export class RuntimeApi implements InstanceConnection {
  /** The latest invocation that the runtime has fetched. */
  begun = 0;
  readonly #events: RuntimeEvents;
  readonly #concurrency: number;
  /** A runtime thinks for as long as its function does before it uses its connection again. */
  readonly #server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
    // A request that breaks off has nobody left to be answered.
    this.#handle(request, response).catch(() => response.destroy());
  });
  /** Requests for an invocation, and invocations for which there is no request yet. */
  readonly #requests: ServerResponse[] = [];
  readonly #invocations: InvokeMessage[] = [];
  /** The invocations that the runtime has, by request id. */
  readonly #running = new Map<string, number>();
  #ready = false;

  /** `concurrency`: how many invocations the runtime may have at a time. */
  constructor(events: RuntimeEvents, concurrency: number) {
    this.#events = events;
    this.#concurrency = concurrency;
  }

  /** Resolves to the value of `AWS_LAMBDA_RUNTIME_API`. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What else a server says concerns handlers that talk over a connection. */
  send(message: ToInstance): void {
    if (message.kind !== "invoke") return;
    this.#invocations.push(message);
    this.#handOver();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = `${request.method} ${request.url?.split("?")[0]}`;
    if (route === `GET ${BASE}/invocation/next`) return this.#next(response);
    if (route === `POST ${BASE}/init/error`) return this.#initError(request, response);
    const [, requestId, what] = REPORT.exec(route.replace(/^POST /, "")) ?? [];
    if (requestId !== undefined) return this.#report(request, response, decodeURIComponent(requestId), what!);
    reply(response, 404, refusal("NotFound", `The Runtime API has no ${route}.`));
  }

  #next(response: ServerResponse): void {
    if (this.#running.size >= this.#concurrency) {
      const text =
        "State transition from Running to Ready failed for runtime. Error: State transition is not allowed";
      return reply(response, 403, refusal("InvalidStateTransition", text));
    }
    this.#requests.push(response);
    response.on("close", () => {
      const at = this.#requests.indexOf(response);
      if (at >= 0) this.#requests.splice(at, 1);
    });
    if (!this.#ready) {
      this.#ready = true;
      this.#events.ready();
    }
    this.#handOver();
  }

  #handOver(): void {
    while (this.#requests.length > 0 && this.#invocations.length > 0) {
      const message = this.#invocations.shift()!;
      this.#running.set(message.requestId, message.id);
      this.begun = message.id;
      reply(this.#requests.shift()!, 200, wireEvent(message.event), headersOf(message));
    }
  }

  async #report(request: IncomingMessage, response: ServerResponse, requestId: string, what: string) {
    const id = this.#running.get(requestId);
    const report = await readBody(request, LARGEST_RESPONSE_BYTES);
    if (id === undefined || !this.#running.delete(requestId)) {
      return reply(response, 400, refusal("InvalidRequestID", "Invalid request ID"));
    }
    if (report === undefined) {
      this.#events.answered(id, { ok: false, kind: "runtime", error: RESPONSE_TOO_LARGE });
      const text = `Exceeded maximum allowed payload size (${LARGEST_RESPONSE_BYTES} bytes).`;
      return reply(response, 413, refusal("RequestEntityTooLarge", text));
    }
    const error = reportedError(request, report, what === "error");
    this.#events.answered(id, error ? { ok: false, kind: "handler", error } : { ok: true, payload: report });
    reply(response, 202, ACCEPTED);
  }

  async #initError(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#ready) {
      const text =
        "State transition from Ready to InitError failed for runtime. Error: State transition is not allowed";
      return reply(response, 403, refusal("InvalidStateTransition", text));
    }
    const report = (await readBody(request, LARGEST_RESPONSE_BYTES)) ?? "";
    reply(response, 202, ACCEPTED);
    const error = reportedError(request, report, true)!;
    response.once("close", () => this.#events.initFailed(error));
  }
}

const ACCEPTED = JSON.stringify({ status: "OK" });

function refusal(errorType: string, errorMessage: string): string {
  return JSON.stringify({ errorMessage, errorType });
}

function reply(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  const length = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  response.writeHead(status, { ...length, ...headers }).end(body);
}

function headersOf(message: InvokeMessage): Record<string, string> {
  const { requestId, invokedFunctionArn, timeoutMs, traceId, clientContext, tenantId } = message;
  return {
    "lambda-runtime-aws-request-id": requestId,
    "lambda-runtime-deadline-ms": String(realClock.now() + timeoutMs),
    "lambda-runtime-invoked-function-arn": invokedFunctionArn,
    ...(traceId === undefined ? {} : { "lambda-runtime-trace-id": traceId }),
    ...(clientContext === undefined ? {} : { "lambda-runtime-client-context": headerJson(clientContext) }),
    ...(tenantId === undefined ? {} : { "lambda-runtime-aws-tenant-id": tenantId }),
  };
}

/** The JSON of a base64 text as a header can carry it: on one line and in ASCII. */
function headerJson(base64: string): string {
  const text = JSON.stringify(JSON.parse(Buffer.from(base64, "base64").toString()));
  return text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
