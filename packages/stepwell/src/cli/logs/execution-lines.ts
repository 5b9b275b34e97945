import type { Client } from "../client/client.ts";
import { type LogLine, requestIdOf, startsInvocation } from "./line.ts";

/**
 * Picks what an execution logged out of its function's lines: they name their invocation, and the others belong to the
 * one that began last in their stream.
 */
export class ExecutionLines {
  readonly #client: Client;
  readonly #arn: string;
  #requestIds: ReadonlySet<string> = new Set();
  /** Invocations that are known to be others'. */
  readonly #others = new Set<string>();
  readonly #current = new Map<string, string>();

  constructor(client: Client, arn: string) {
    this.#client = client;
    this.#arn = arn;
  }

  /** Those of the lines, oldest first, that the execution wrote. */
  async pick(lines: readonly LogLine[]): Promise<LogLine[]> {
    const picked: LogLine[] = [];
    for (const line of lines) if (await this.#isOwn(line)) picked.push(line);
    return picked;
  }

  async #isOwn({ stream, message }: LogLine): Promise<boolean> {
    const named = requestIdOf(message);
    if (named !== undefined && startsInvocation(message)) this.#current.set(stream, named);
    const requestId = named ?? this.#current.get(stream);
    if (requestId === undefined || this.#others.has(requestId)) return false;
    if (!this.#requestIds.has(requestId)) await this.#ask();
    if (this.#requestIds.has(requestId)) return true;
    this.#others.add(requestId);
    return false;
  }

  /** An invocation is in the journal before its first line is written. */
  async #ask(): Promise<void> {
    const DurableExecutionArn = this.#arn;
    const { Invocations } = await this.#client.call("stepwell.ListExecutionInvocations", {
      DurableExecutionArn,
    });
    this.#requestIds = new Set(Invocations.map(({ RequestId }) => RequestId));
  }
}
