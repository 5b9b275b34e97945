import { VirtualClock } from "../../kernel/clock.ts";
import { AwsError } from "../../kernel/errors.ts";
import { DurableExecutionInvocationInputWithClient } from "../../lambda/host/instance/durable-event.ts";
import type { JournalRow } from "../journal-row.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import {
  applyOutside,
  applyUpdates,
  beginInvocation,
  Draft,
  type ExecutionState,
  endInvocation,
  executionDeadlineMs,
  fireDue,
  invocationOperations,
  nextDeadlineMs,
  type OutsideEvent,
  wantsInvocation,
} from "../machine.ts";
import type {
  CheckpointReply,
  CheckpointRequest,
  DurablePort,
  InvocationEnvelope,
  InvocationOutput,
  Operation,
  StatePage,
} from "../types.ts";

/** A handler made by either SDK's withDurableExecution. */
// biome-ignore lint/suspicious/noExplicitAny: AWS's SDK types its event and context by packages that are not here.
export type LambdaHandler = (event: any, context: any) => Promise<any>;

export interface DriverOptions {
  readonly input?: unknown;
  /** The invocation dies at this checkpoint (1 is the execution's first), before or after it is stored. */
  readonly crash?: { readonly atCheckpoint: number; readonly stored: boolean };
  /** Called when the execution can only wait; true when it did something about that, else time moves on. */
  readonly onIdle?: (execution: SimulatedExecution) => boolean;
  /** Something that happens outside just before a checkpoint is stored, so that its answer tells of it. */
  readonly beforeCheckpoint?: (execution: SimulatedExecution, request: CheckpointRequest) => void;
  /** Runs on the machine's own time instead of virtual time. */
  readonly clock?: { now(): number };
  /** Wraps the invocation's port, to refuse or count checkpoints. */
  readonly port?: (checkpoint: Checkpoint, request: CheckpointRequest) => Promise<CheckpointReply>;
}

type Checkpoint = (request: CheckpointRequest) => Promise<CheckpointReply>;

const KEY = "000000000000/us-east-1/01890000-0000-7000-8000-000000000001";
export const ARN =
  "arn:aws:lambda:us-east-1:000000000000:function:test:$LATEST/durable-execution/test/01890000-0000-7000-8000-000000000001";

/** Runs a durable handler to its end on the real machine, in memory and in virtual time. */
export class SimulatedExecution {
  readonly clock: { now(): number };
  readonly rows: JournalRow[] = [];
  /** What each invocation returned; an Error for one that threw, undefined for one that died. */
  readonly invocations: (InvocationOutput | Error | undefined)[] = [];
  /** The updates of each checkpoint, in order. */
  readonly checkpoints: CheckpointRequest[] = [];
  readonly #handler: LambdaHandler;
  readonly #options: DriverOptions;
  readonly #virtual = new VirtualClock();
  #state: ExecutionState;
  #token = "";

  constructor(handler: LambdaHandler, options: DriverOptions = {}) {
    this.#handler = handler;
    this.#options = options;
    this.clock = options.clock ?? this.#virtual;
    const identity = {
      number: 1,
      key: KEY,
      arn: ARN,
      name: "test",
      functionName: "test",
      version: "$LATEST",
      executionTimeoutSeconds: 366 * 86_400,
      retentionDays: 14,
      synchronous: true,
    };
    const draft = Draft.begin(identity, JSON.stringify(options.input ?? {}), this.clock.now());
    this.rows.push(...draft.rows);
    this.#state = draft.adopt();
  }

  get status(): string {
    return this.#state.header.status;
  }

  /** The execution's result, parsed; throws when it did not succeed. */
  get result(): unknown {
    const { status, result, error } = this.#state.header;
    if (status !== "SUCCEEDED") throw new Error(`The execution is ${status}: ${JSON.stringify(error)}`);
    return result === undefined ? undefined : JSON.parse(result);
  }

  get error() {
    return this.#state.header.error;
  }

  get operations(): Operation[] {
    return [...this.#state.operations.values()];
  }

  /** The public history: kinds of events with the names of their operations. */
  get events(): string[] {
    return this.rows
      .filter((row) => row.eventId !== null)
      .map(({ kind, data }) =>
        data.Name === undefined || kind.startsWith("Execution") ? kind : `${kind} ${data.Name}`,
      );
  }

  operation(name: string): Operation {
    const found = this.operations.find((operation) => operation.Name === name);
    if (!found)
      throw new Error(`No operation is named ${name}: ${this.operations.map((o) => o.Name ?? o.SubType)}`);
    return found;
  }

  /** Something happens outside. */
  happen(event: OutsideEvent): void {
    this.#decide((draft) => applyOutside(draft, event));
  }

  /** Completes the first open callback, of the given name if there is one; false when there is none. */
  completeCallback(result?: string, name?: string): boolean {
    const open = this.operations.find(
      (operation) =>
        operation.Type === "CALLBACK" &&
        operation.Status === "STARTED" &&
        (name === undefined || operation.Name === name),
    );
    if (!open) return false;
    this.happen({
      type: "callback-succeeded",
      operationId: open.Id,
      ...(result === undefined ? {} : { result }),
    });
    return true;
  }

  /** Invokes, lets time pass and invokes again until the execution has ended. */
  async run(): Promise<this> {
    for (let turns = 0; this.status === "RUNNING"; turns++) {
      if (turns > 500)
        throw new Error(
          `The execution does not end: ${JSON.stringify(this.invocations[0])} ${this.events.slice(-20)}`,
          { cause: this.invocations[0] },
        );
      if (this.#decide(wantsInvocation)) await this.#invoke();
      else if (!this.#options.onIdle?.(this)) this.#skip();
    }
    return this;
  }

  #skip(): void {
    const draft = new Draft(this.#state, this.clock.now());
    const nextMs = nextDeadlineMs(draft);
    if (nextMs === undefined || nextMs === executionDeadlineMs(draft)) {
      throw new Error(`The execution waits for nothing that will happen: ${this.events.slice(-20)}`);
    }
    this.#virtual.moveTo(nextMs);
  }

  async #invoke(): Promise<void> {
    const updated = [...this.#state.unseen];
    const requestId = `request-${this.invocations.length + 1}`;
    this.#decide((draft) => beginInvocation(draft, requestId));
    let die!: () => void;
    const death = new Promise<"died">((resolve) => {
      die = () => resolve("died");
    });
    const send = this.#options.port;
    const checkpoint: Checkpoint = async (request) => {
      this.checkpoints.push(request);
      const { crash } = this.#options;
      const dies = crash?.atCheckpoint === this.checkpoints.length;
      if (dies && !crash.stored) return hang(die);
      const reply = await (send ? send((r) => this.#checkpoint(r), request) : this.#checkpoint(request));
      return dies ? hang(die) : reply;
    };
    this.#token = `${requestId}.0`;
    const Operations = invocationOperations(this.#state);
    const envelope: InvocationEnvelope = {
      DurableExecutionArn: ARN,
      CheckpointToken: this.#token,
      InitialExecutionState: pageFrom(Operations, 0),
      UpdatedOperationIds: updated,
    };
    const event = new DurableExecutionInvocationInputWithClient(envelope, {
      nowMs: () => this.clock.now(),
      checkpoint,
      getState: async ({ Marker }) => pageFrom(Operations, Number(Marker)),
    } as DurablePort);
    const context = { awsRequestId: requestId, getRemainingTimeInMillis: () => 900_000 };
    const outcome = await Promise.race([
      this.#handler(event, context).catch((error) =>
        error instanceof Error ? error : new Error(String(error)),
      ),
      death,
    ]);
    this.#token = "";
    this.invocations.push(outcome === "died" ? undefined : outcome);
    this.#decide((draft) => {
      if (outcome === "died") endInvocation(draft, { type: "lost" });
      else if (outcome instanceof Error) {
        endInvocation(draft, {
          type: "failed",
          error: { ErrorType: outcome.name, ErrorMessage: outcome.message },
        });
      } else endInvocation(draft, { type: "returned", output: outcome });
    });
  }

  async #checkpoint(request: CheckpointRequest): Promise<CheckpointReply> {
    const { CheckpointToken, Updates = [] } = request;
    await new Promise((resolve) => setImmediate(resolve));
    if (CheckpointToken !== this.#token) {
      throw new AwsError("InvalidParameterValueException", "Invalid Checkpoint Token: it is stale.");
    }
    this.#options.beforeCheckpoint?.(this, request);
    return this.#decide((draft) => {
      applyUpdates(draft, Updates, { limits: DEFAULT_LIMITS, callbackId: (id) => `callback-${id}` });
      const Operations = [...draft.unseen()].map((id) => draft.operation(id)!);
      draft.markSeen();
      this.#token = `${this.#token}+`;
      return { CheckpointToken: this.#token, NewExecutionState: { Operations } };
    });
  }

  #decide<T>(decide: (draft: Draft) => T): T {
    const draft = new Draft(this.#state, this.clock.now());
    fireDue(draft);
    const value = decide(draft);
    this.rows.push(...draft.rows);
    draft.adopt();
    return value;
  }
}

function hang<T>(die: () => void): Promise<T> {
  die();
  return new Promise<T>(() => {});
}

/** Runs a handler to its end. */
export function runToEnd(handler: LambdaHandler, options?: DriverOptions): Promise<SimulatedExecution> {
  return new SimulatedExecution(handler, options).run();
}

/** Pages of 50, so that longer executions are read in several. */
function pageFrom(operations: readonly Operation[], from: number): StatePage {
  const Operations = operations.slice(from, from + 50);
  return from + 50 < operations.length ? { Operations, NextMarker: String(from + 50) } : { Operations };
}
