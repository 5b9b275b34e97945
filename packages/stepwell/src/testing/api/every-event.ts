import { RealClock } from "../../kernel/clock.ts";
import { DURABLE_ZIP, ROLE, type SeededNode } from "./seeded-node.ts";

/** Sends with AWS's client for Lambda. */
// biome-ignore lint/suspicious/noExplicitAny: answers have every shape.
export type Ask = (operation: string, input: object) => Promise<any>;

const ERROR = { ErrorType: "Declined", ErrorMessage: "No.", ErrorData: "{}", StackTrace: ["at a"] };
const HOLD = JSON.stringify({ do: "hold" });

/**
 * Executions whose histories have every event that there is, and states every detail: played by hand, in the place of
 * an SDK. What waits waits for a second.
 */
export async function everyEvent(node: SeededNode, ask: Ask): Promise<void> {
  await ask("CreateFunction", {
    ...{ FunctionName: "brief", Runtime: "nodejs22.x", Handler: "index.handler", Role: ROLE },
    ...{ Code: { ZipFile: DURABLE_ZIP }, DurableConfig: { ExecutionTimeout: 1 } },
  });
  const ended = await Promise.all(["succeed", "fail", "throw"].map((what) => start(ask, "order", what)));
  const brief = await start(ask, "brief", "hold");
  const { execution, token } = await node.hold();
  const played = new Played(ask, execution, token);
  await played.checkpoint(...FIRST);
  await played.readState();
  await played.checkpoint({ Id: "cancelled", Type: "WAIT", Action: "CANCEL", SubType: "Wait" });
  await played.settleCallbacks();
  await played.stopChained("chained-stopped");
  await played.untilClosed(LAST_TO_CLOSE);
  await played.readState();
  await ask("StopDurableExecution", { DurableExecutionArn: execution, Error: ERROR });
  for (const DurableExecutionArn of [execution, brief, ...ended]) {
    await ask("GetDurableExecutionHistory", { DurableExecutionArn });
    await ask("GetDurableExecution", { DurableExecutionArn });
  }
}

async function start(ask: Ask, FunctionName: string, what: string): Promise<string> {
  const Payload = JSON.stringify({ do: what });
  return (await ask("Invoke", { FunctionName, InvocationType: "Event", Payload })).DurableExecutionArn;
}

const FIRST = [
  { Id: "context", Type: "CONTEXT", Action: "START", Name: "all", SubType: "RunInChildContext" },
  { Id: "step", Type: "STEP", Action: "START", Name: "charge", SubType: "Step", ParentId: "context" },
  {
    ...{ Id: "step", Type: "STEP", Action: "SUCCEED", Name: "charge", SubType: "Step", ParentId: "context" },
    Payload: "1",
  },
  {
    ...{ Id: "context", Type: "CONTEXT", Action: "SUCCEED", Name: "all", SubType: "RunInChildContext" },
    ...{ Payload: "1", ContextOptions: { ReplayChildren: true } },
  },
  { Id: "context-failed", Type: "CONTEXT", Action: "FAIL", Error: ERROR },
  { Id: "step-failed", Type: "STEP", Action: "FAIL", Error: ERROR },
  retry("step-retried", { Error: ERROR }),
  retry("step-polling", { Payload: "1" }),
  { Id: "wait", Type: "WAIT", Action: "START", SubType: "Wait", WaitOptions: { WaitSeconds: 1 } },
  { Id: "cancelled", Type: "WAIT", Action: "START", SubType: "Wait", WaitOptions: { WaitSeconds: 900 } },
  { Id: "callback-succeeded", Type: "CALLBACK", Action: "START" },
  { Id: "callback-failed", Type: "CALLBACK", Action: "START" },
  {
    ...{ Id: "callback-timed-out", Type: "CALLBACK", Action: "START" },
    CallbackOptions: { TimeoutSeconds: 1, HeartbeatTimeoutSeconds: 900 },
  },
  invoke("chained-succeeded", "tenants", "{}", "tenant"),
  invoke("chained-failed", "plain", '{"fail":"why"}'),
  invoke("chained-timed-out", "brief", HOLD),
  invoke("chained-stopped", "order", HOLD),
];
const LAST_TO_CLOSE = FIRST.map(({ Id }) => Id).filter((id) => /^(wait|callback|chained)/.test(id));

function retry(Id: string, more: object) {
  return { Id, Type: "STEP", Action: "RETRY", StepOptions: { NextAttemptDelaySeconds: 1 }, ...more };
}

function invoke(Id: string, FunctionName: string, Payload: string, TenantId?: string) {
  const ChainedInvokeOptions = { FunctionName, ...(TenantId && { TenantId }) };
  return { Id, Type: "CHAINED_INVOKE", Action: "START", Payload, ChainedInvokeOptions };
}

// biome-ignore lint/suspicious/noExplicitAny: an operation as AWS's client gives it.
type Operation = any;

/** An execution that is checkpointed by hand. */
class Played {
  token: string;
  readonly #ask: Ask;
  readonly #execution: string;
  readonly #operations = new Map<string, Operation>();

  constructor(ask: Ask, execution: string, token: string) {
    this.#ask = ask;
    this.#execution = execution;
    this.token = token;
  }

  async checkpoint(...Updates: object[]): Promise<void> {
    const request = { DurableExecutionArn: this.#execution, CheckpointToken: this.token, Updates };
    const reply = await this.#ask("CheckpointDurableExecution", request);
    this.token = reply.CheckpointToken;
    for (const operation of reply.NewExecutionState.Operations) {
      this.#operations.set(operation.Id, operation);
    }
  }

  /** Page by page. */
  async readState(): Promise<void> {
    const request = { DurableExecutionArn: this.#execution, CheckpointToken: this.token, MaxItems: 4 };
    let page = await this.#ask("GetDurableExecutionState", request);
    while (page.NextMarker) {
      page = await this.#ask("GetDurableExecutionState", { ...request, Marker: page.NextMarker });
    }
  }

  async settleCallbacks(): Promise<void> {
    const idOf = (id: string) => ({ CallbackId: this.#operations.get(id).CallbackDetails.CallbackId });
    await this.#ask("SendDurableExecutionCallbackSuccess", { ...idOf("callback-succeeded"), Result: "1" });
    await this.#ask("SendDurableExecutionCallbackFailure", { ...idOf("callback-failed"), Error: ERROR });
  }

  /** The execution that a chained invoke has started is named in the history. */
  async stopChained(id: string): Promise<void> {
    const { Events } = await this.#ask("GetDurableExecutionHistory", {
      DurableExecutionArn: this.#execution,
    });
    const started = Events.find(
      (event: Operation) => event.Id === id && event.EventType === "ChainedInvokeStarted",
    );
    const { DurableExecutionArn } = started.ChainedInvokeStartedDetails;
    await this.#ask("StopDurableExecution", { DurableExecutionArn, Error: ERROR });
  }

  /** Asks for news, as SDKs do, until these operations have ended. */
  async untilClosed(ids: readonly string[]): Promise<void> {
    const clock = new RealClock();
    while (ids.some((id) => this.#operations.get(id).Status === "STARTED")) {
      await new Promise<void>((resolve) => void clock.at(clock.now() + 50, resolve));
      await this.checkpoint();
    }
  }
}
