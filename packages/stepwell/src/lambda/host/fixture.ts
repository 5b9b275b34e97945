import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DurablePort, InvocationEnvelope } from "../../durable/types.ts";
import type { FunctionCode, InvocationReport, InvocationRequest } from "./host.ts";
import { WorkerHost, type WorkerHostOptions } from "./worker-host.ts";

/** Stripping types anew for every instance would take most of the tests' time. */
const COMPILE_CACHE = fileURLToPath(
  new URL("../../../../../node_modules/.cache/stepwell-host", import.meta.url),
);

/** For tests of hosts: a host, a folder of function code written by the test, and what was logged. */
export class HostFixture {
  readonly folder = mkdtempSync(join(tmpdir(), "stepwell-functions-"));
  readonly log: string[] = [];
  readonly host: WorkerHost;
  #requests = 0;

  constructor(options: WorkerHostOptions = {}) {
    const log = (lines: readonly { message: string }[]) => {
      for (const line of lines) this.log.push(line.message);
    };
    this.host = new WorkerHost({ log, compileCacheFolder: COMPILE_CACHE, ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.close(0);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Writes a file of function code and returns the function whose handler is its export `handler`. */
  write(file: string, text: string, overrides: Partial<FunctionCode> = {}): FunctionCode {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    const stem = file.replace(/\.[^.]+$/, "");
    const functionName = file.replaceAll(/[^\w]/g, "-");
    return testCode(this.folder, { functionName, handler: `${stem}.handler`, ...overrides });
  }

  /** Writes an ES module whose handler has this body: `async (event, context) => { BODY }`. */
  handler(body: string, overrides: Partial<FunctionCode> = {}): FunctionCode {
    const text = `import fs from "node:fs"; export const handler = async (event, context) => { ${body} };`;
    return this.write(`function${this.#requests++}.mjs`, text, overrides);
  }

  invoke(
    code: FunctionCode,
    event: unknown = {},
    more: Partial<InvocationRequest> = {},
  ): Promise<InvocationReport> {
    return this.host.invoke({
      code,
      requestId: `request-${this.#requests++}`,
      invokedFunctionArn: code.functionArn,
      event: { json: JSON.stringify(event) },
      synchronous: true,
      ...more,
    });
  }

  /** The parsed result of an invocation that must succeed. */
  async result(
    code: FunctionCode,
    event: unknown = {},
    more: Partial<InvocationRequest> = {},
  ): Promise<unknown> {
    const { result } = await this.invoke(code, event, more);
    if (!result.ok) throw new Error(`${result.error.errorType}: ${result.error.errorMessage}`);
    return JSON.parse(result.payload);
  }
}

export function testCode(folder: string, overrides: Partial<FunctionCode> = {}): FunctionCode {
  const functionName = overrides.functionName ?? "orders";
  return {
    functionArn: arnOf(functionName),
    functionName,
    version: "$LATEST",
    revision: "1",
    folder,
    handler: "index.handler",
    memoryMb: 128,
    timeoutMs: 10_000,
    concurrency: 1,
    environment: {},
    logGroup: `/aws/lambda/${functionName}`,
    ...overrides,
  };
}

function arnOf(functionName: string): string {
  return `arn:aws:lambda:eu-west-1:123456789012:function:${functionName}`;
}

const EXECUTION_ARN = `${arnOf("orders")}:$LATEST/durable-execution/name/id`;

/** A new execution's envelope with `input` as its payload. */
export function envelope(input: unknown): InvocationEnvelope {
  const execution = {
    Id: "execution",
    Type: "EXECUTION",
    Status: "STARTED",
    StartTimestamp: Date.UTC(2030, 0, 1),
    ExecutionDetails: { InputPayload: JSON.stringify(input) },
  } as const;
  return {
    DurableExecutionArn: EXECUTION_ARN,
    CheckpointToken: "token-0",
    InitialExecutionState: { Operations: [execution] },
  };
}

/** A port that accepts every update at once, and remembers what it was asked. */
export function acceptingPort(): DurablePort & { readonly asked: unknown[] } {
  const asked: unknown[] = [];
  return {
    asked,
    async checkpoint(request) {
      asked.push(request);
      const operations = (request.Updates ?? []).map(({ Id, Type, Action, Name, SubType, Payload }) => ({
        Id,
        Type,
        ...(Name === undefined ? {} : { Name }),
        ...(SubType === undefined ? {} : { SubType }),
        Status: Action === "START" ? ("STARTED" as const) : ("SUCCEEDED" as const),
        StartTimestamp: Date.UTC(2030, 0, 1),
        StepDetails: { Attempt: 1, ...(Payload === undefined ? {} : { Result: Payload }) },
      }));
      return { CheckpointToken: `token-${asked.length}`, NewExecutionState: { Operations: operations } };
    },
    async getState(request) {
      asked.push(request);
      return { Operations: [] };
    },
  };
}
