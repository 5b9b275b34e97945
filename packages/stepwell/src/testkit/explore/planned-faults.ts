import type { DurablePort, OperationUpdate } from "../../durable/types.ts";
import type { Host, InvocationReport, InvocationRequest } from "../../lambda/host/host.ts";
import type { Change } from "../../store/store.ts";
import type { Faults } from "../engine/engine.ts";
import type { Plan } from "./plan.ts";

const LOST = "The host of this invocation is thought to be lost, though it goes on.";
/** Calls that complete a callback, which may reach a service twice and late. */
const COMPLETION = /^SendDurableExecutionCallback(Success|Failure)$/;

/** Lets go wrong what a plan says, and takes notice of what must never happen. */
export class PlannedFaults implements Faults {
  /** What the engine did wrong, whatever the outcome. */
  readonly violations: string[] = [];
  /** What each commit was asked to change. */
  readonly commits: (readonly Change[])[] = [];
  readonly #plan: Plan;
  readonly #now: () => number;
  /** Steps whose end a handler knows to be stored: by execution and operation id. */
  readonly #completed = new Set<string>();
  /** Completions of callbacks that were accepted, to be sent again when all is over. */
  readonly #accepted: (() => Promise<unknown>)[] = [];
  /** How many calls of callbacks were refused because another had come before. */
  refused = 0;
  readonly #running = new Set<(report: InvocationReport) => void>();

  constructor(plan: Plan, now: () => number) {
    this.#plan = plan;
    this.#now = now;
  }

  atCommit(changes: readonly Change[]): "before" | "after" | undefined {
    const commit = this.commits.push(changes);
    const kinds = this.#plan.filter((fault) => fault.commit === commit).map(({ kind }) => kind);
    if (kinds.includes("invoke-twice")) this.#loseInvocations();
    if (kinds.includes("crash-before")) return "before";
    return kinds.includes("crash-after") ? "after" : undefined;
  }

  host(host: Host): Host {
    return {
      invoke: (request) => {
        const watched = "durable" in request.event ? this.#watched(request, request.event) : request;
        return new Promise((resolve) => {
          const settle = (report: InvocationReport): void => {
            this.#running.delete(settle);
            resolve(report);
          };
          this.#running.add(settle);
          void host.invoke(watched).then(settle);
        });
      },
      close: (graceMs) => host.close(graceMs),
    };
  }

  /** Sends each completion of a callback twice at once: one of them must be refused. */
  async call(operation: string, call: () => Promise<unknown>): Promise<unknown> {
    if (!COMPLETION.test(operation)) return call();
    const [first, second] = await Promise.allSettled([call(), call()]);
    if (first.status === "fulfilled" && second.status === "fulfilled") {
      this.violations.push("a callback that was completed twice at once was accepted twice");
    }
    if (first.status === "rejected" && second.status === "rejected") throw first.reason;
    if (first.status !== second.status) this.refused++;
    this.#accepted.push(call);
    return first.status === "fulfilled" ? first.value : (second as PromiseFulfilledResult<unknown>).value;
  }

  /** Sends every completion again: they come too late, and must be refused. */
  async callLate(): Promise<void> {
    for (const call of this.#accepted.splice(0)) {
      await call().then(
        () => this.violations.push("a callback that was completed already was accepted late"),
        () => this.refused++,
      );
    }
  }

  #loseInvocations(): void {
    const nowMs = this.#now();
    const error = { errorType: "Lost", errorMessage: LOST };
    for (const settle of this.#running) {
      settle({
        result: { ok: false, kind: "lost", error },
        startedAtMs: nowMs,
        endedAtMs: nowMs,
        logTail: "",
      });
    }
  }

  /** A request whose checkpoints are looked at: a step that is known to be completed must not be run again. */
  #watched(
    request: InvocationRequest,
    event: Extract<InvocationRequest["event"], { readonly port: DurablePort }>,
  ): InvocationRequest {
    const known = new Set(this.#completed);
    const { port, durable } = event;
    const keyOf = ({ Id }: OperationUpdate): string => `${durable.DurableExecutionArn} ${Id}`;
    const checkpoint: DurablePort["checkpoint"] = async (asked) => {
      const steps = (asked.Updates ?? []).filter(({ Type }) => Type === "STEP");
      for (const step of steps) {
        if (known.has(keyOf(step)))
          this.violations.push(`step "${step.Name ?? step.Id}" ran again after it was completed`);
      }
      const reply = await port.checkpoint(asked);
      for (const step of steps) {
        if (step.Action === "SUCCEED" || step.Action === "FAIL") this.#completed.add(keyOf(step));
      }
      return reply;
    };
    const watching = {
      checkpoint,
      getState: (asked: Parameters<DurablePort["getState"]>[0]) => port.getState(asked),
    };
    return { ...request, event: { durable, port: watching } };
  }
}

/** `StepSucceeded charge`, of the rows that a commit appends to a journal. */
export function commitText(changes: readonly Change[]): string {
  const kinds = changes.flatMap(({ statement, params }) => {
    if (statement.name !== "journal.insert" || params[6] !== null) return [];
    const entries = JSON.parse(String(params[5])) as [kind: string, data: { readonly Name?: string }][];
    return entries.map(([kind, { Name }]) =>
      Name === undefined || kind.startsWith("Execution") ? kind : `${kind} ${Name}`,
    );
  });
  return kinds.length > 0 ? kinds.join(", ") : changes.map(({ statement }) => statement.name).join(", ");
}
