import { type Clock, RealClock, type Timer } from "../../kernel/clock.ts";
import type { FunctionCode, FunctionError, InvocationResult, LogLine } from "./host.ts";
import type { ExpectedInstance } from "./instance-listener.ts";
import { InvocationLog } from "./invocation-log.ts";
import { isKept, keptText, type LogLevel, platformEvent, statusOf } from "./json-logging.ts";
import { abilitiesOf, answerPortCall } from "./port-calls.ts";
import type { FromInstance, InstanceConnection, ThreadEnd } from "./protocol.ts";
import { RunningInvocation, type WaitingInvocation } from "./running-invocation.ts";
import { broken, exitError, type RuntimeEnd, timedOut } from "./runtime-errors.ts";

const realClock = new RealClock();
let invocations = 0;

/** What an instance asks of and tells the pool that it belongs to. */
export interface InstanceOwner {
  readonly clock: Clock;
  readonly logStream: string;
  readonly longestLoadMs: number;
  /** False while a debugger is attached: a breakpoint must not be taken for code that does not return. */
  timeoutsApply(): boolean;
  nowOffsetMs(): number;
  deliver(line: LogLine): void;
  loaded(): void;
  /** An invocation ended: the instance can take another, or is idle, or has nothing left to do. */
  freed(): void;
  /** It runs nothing and shall never again: its thread can be ended. */
  retired(): void;
  /** Its thread is gone. */
  ended(): void;
  /** These were handed over but never began. */
  requeue(invocations: readonly WaitingInvocation[]): void;
}

/** The server's side of one instance: hands it invocations and settles them, whatever becomes of its thread. */
export class Instance implements ExpectedInstance {
  readonly code: FunctionCode;
  readonly #owner: InstanceOwner;
  readonly #startedMonotonicMs = realClock.monotonicMs();
  readonly #running = new Map<number, RunningInvocation>();
  #connection: InstanceConnection | undefined;
  #nextId = 1;
  /** Present until the first invocation has reported it. */
  #initMs: number | undefined;
  #memoryMb = 0;
  #last: InvocationLog | undefined;
  #disconnected = false;
  #threadEnded = false;
  /** The latest invocation that the thread began, known when it has ended; all, where its process ended. */
  #begun = Number.POSITIVE_INFINITY;
  /** Why it broke, as each of its invocations is told. */
  #failure: ((requestId: string) => FunctionError) | undefined;
  readonly #loadTimer: Timer;
  #settleReady!: (error: FunctionError | undefined) => void;
  /** Resolves when the handler is loaded, or to the reason why it could not be. */
  readonly ready: Promise<FunctionError | undefined>;
  loaded = false;
  /** No new invocations: its code is old, or it broke. */
  draining = false;
  /** Whether its event loop was idle when the child last looked. */
  waitsForIo = false;
  /** Since when it has run nothing. */
  idleSinceMs = 0;
  /** Orders instances by when they were last handed an invocation. */
  latestInvocation = 0;

  constructor(code: FunctionCode, owner: InstanceOwner) {
    this.code = code;
    this.#owner = owner;
    this.ready = new Promise((resolve) => {
      this.#settleReady = resolve;
    });
    this.#event("initStart", "DEBUG", { functionName: code.functionName, functionVersion: code.version });
    // Lambda gives code a time to load, then starts over within the invocation and its timeout.
    const longestMs = owner.longestLoadMs + code.timeoutMs;
    this.#loadTimer = realClock.at(realClock.now() + longestMs, () => this.#loadTimeOut());
  }

  get runningCount(): number {
    return this.#running.size;
  }

  get starting(): boolean {
    return !this.loaded && !this.draining;
  }

  /** Whether it uses the processor, as far as is known. */
  get active(): boolean {
    return (this.starting || this.#running.size > 0) && !this.waitsForIo;
  }

  get idle(): boolean {
    return this.loaded && !this.draining && this.#running.size === 0;
  }

  /** Whether its thread is being ended. */
  get leaving(): boolean {
    return this.draining && this.#running.size === 0;
  }

  get free(): boolean {
    return this.loaded && !this.draining && this.#running.size < this.code.concurrency;
  }

  run(waiting: WaitingInvocation): void {
    const { request } = waiting;
    // Real time even where the server's clock is virtual: it guards against code that does not return.
    const timer = this.#owner.timeoutsApply()
      ? realClock.at(realClock.now() + request.code.timeoutMs, () => this.#timeOut(id))
      : undefined;
    const id = this.#begin(waiting, timer);
    const { event } = request;
    this.#connection!.send({
      kind: "invoke",
      id,
      requestId: request.requestId,
      invokedFunctionArn: request.invokedFunctionArn,
      timeoutMs: request.code.timeoutMs,
      dateOffsetMs: this.#owner.nowOffsetMs(),
      clientContext: request.clientContext,
      tenantId: request.tenantId,
      traceId: request.traceId,
      event:
        "json" in event ? { json: event.json } : { durable: event.durable, port: abilitiesOf(event.port) },
    });
    if ("port" in event) event.port.onNews?.(() => this.#connection?.send({ kind: "news", id }));
    request.onStart?.();
  }

  #begin(waiting: WaitingInvocation, timer: Timer | undefined): number {
    const { clock, logStream } = this.#owner;
    const deliver = (line: LogLine) => this.#owner.deliver(line);
    const log = new InvocationLog(waiting.request, logStream, clock, deliver);
    const id = this.#nextId++;
    this.#running.set(id, new RunningInvocation(waiting, log, clock, this.#initMs, timer));
    this.#initMs = undefined;
    this.#last = log;
    this.latestInvocation = ++invocations;
    this.waitsForIo = false;
    return id;
  }

  connected(connection: InstanceConnection): void {
    this.#connection = connection;
  }

  disconnected(): void {
    this.#connection = undefined;
    this.#disconnected = true;
    this.draining = true;
    if (this.#threadEnded) this.#finish();
    else this.#owner.retired();
  }

  received(messages: readonly FromInstance[]): void {
    for (const message of messages) this.#receive(message);
  }

  /** What was written past the console: nobody can say by which invocation, so the latest one gets it. */
  output(text: string): void {
    if (this.#last) this.#last.write(text);
    else this.#log(0, "", text);
  }

  /** The thread has ended. What it had sent may still be on its way: its connection's end follows. */
  threadEnded(end: ThreadEnd): void {
    this.#begun = end.begun;
    this.#ended(end.connected, (requestId) => exitError(requestId, end));
  }

  /** The process has ended, and the instance with it; `begun` is the latest invocation that it had begun, if known. */
  processEnded(end: RuntimeEnd, begun = Number.POSITIVE_INFINITY): void {
    this.#begun = begun;
    this.#ended(this.#connection !== undefined, (requestId) => exitError(requestId, end));
  }

  /** Fails an invocation that waited for this instance with the reason why it could not be loaded. */
  refuse(waiting: WaitingInvocation): void {
    this.#begin(waiting, undefined);
    this.#failAll();
  }

  /** Takes no more invocations, and ends once none runs. */
  retire(): void {
    this.draining = true;
    if (this.#running.size === 0) this.#owner.retired();
  }

  /** Ends all that runs here as `result` says. */
  abandon(result: InvocationResult): void {
    for (const id of [...this.#running.keys()]) this.#settle(id, result);
  }

  #ended(connected: boolean, failure: (requestId: string) => FunctionError): void {
    this.#threadEnded = true;
    // Its connection may end a moment later: what was handed to it until then would be lost with it.
    this.draining = true;
    this.#failure ??= failure;
    if (this.#disconnected || !connected) this.#finish();
  }

  #finish(): void {
    this.draining = true;
    this.#loadTimer.cancel();
    const failure = this.loaded ? undefined : this.#failure!("none");
    if (failure) this.#initReport(statusOf(broken(failure)));
    this.#settleReady(failure);
    this.#withdrawUnbegun();
    this.#failAll();
    this.#owner.ended();
  }

  /** Gives back what was on its way here when the thread ended. */
  #withdrawUnbegun(): void {
    const unbegun: WaitingInvocation[] = [];
    for (const [id, invocation] of this.#running) {
      if (id <= this.#begun) continue;
      this.#running.delete(id);
      invocation.withdraw();
      unbegun.push(invocation.waiting);
    }
    this.#owner.requeue(unbegun);
  }

  #failAll(): void {
    for (const [id, invocation] of this.#running) {
      const error = this.#failure!(invocation.request.requestId);
      invocation.log.tell(`${error.errorMessage}\n${error.errorType}\n`);
      this.#settle(id, broken(error), `Status: error\tError Type: ${error.errorType}`);
    }
  }

  #loadTimeOut(): void {
    if (!this.#owner.timeoutsApply()) return;
    this.#failure = (requestId) => timedOut(requestId, this.code.timeoutMs);
    this.retire();
  }

  #receive(message: FromInstance): void {
    switch (message.kind) {
      case "hello":
        return;
      case "loaded":
        this.loaded = true;
        this.#loadTimer.cancel();
        this.#settleReady(undefined);
        this.#initMs = realClock.monotonicMs() - this.#startedMonotonicMs;
        this.#initReport({ status: "success" });
        return this.#owner.loaded();
      case "loadFailed":
        this.#failure = () => message.error;
        return;
      case "result":
        return this.#result(message);
      case "log":
        return this.#log(message.id, message.requestId, message.text);
      case "fatal":
        return this.#fatal(message.ids, message.error);
      case "chunk":
        return void this.#chunk(message);
      case "checkpoint":
      case "getState":
        return void answerPortCall(this.#running.get(message.id)?.request.event, message, this.#connection!);
    }
  }

  #result({ id, outcome, last, memoryMb, droppedLogBytes }: Extract<FromInstance, { kind: "result" }>): void {
    const invocation = this.#running.get(id);
    if (!invocation) return;
    const { event } = invocation.request;
    if (last && "port" in event) event.port.leave?.(last);
    this.#memoryMb = Math.max(this.#memoryMb, memoryMb);
    invocation.log.dropped(droppedLogBytes);
    this.#settle(id, invocation.withStreamed(outcome));
    if (this.draining) this.retire();
    this.#owner.freed();
  }

  async #chunk({ id, call, request }: FromInstance & { readonly kind: "chunk" }): Promise<void> {
    // The handler of an invocation that has ended may go on writing; nobody reads it.
    await this.#running.get(id)?.stream(request);
    this.#connection?.send({ kind: "reply", call, value: null });
  }

  #settle(id: number, result: InvocationResult, status = ""): void {
    const invocation = this.#running.get(id);
    this.#running.delete(id);
    invocation?.settle(result, this.#memoryMb, status);
  }

  #timeOut(id: number): void {
    const invocation = this.#running.get(id);
    if (!invocation) return;
    this.#running.delete(id);
    invocation.timeOut(this.#memoryMb);
    this.retire();
    this.#owner.freed();
  }

  #log(id: number, requestId: string, text: string): void {
    const invocation = this.#running.get(id);
    if (invocation) return invocation.log.write(text);
    const { jsonLogging } = this.code;
    const message = jsonLogging ? keptText(text, jsonLogging.applicationLevel) : text;
    if (message !== "") this.#deliver(requestId, message);
  }

  /** What happens to the instance itself, where the function's log is JSON. */
  #event(type: string, level: LogLevel, record: object): void {
    const { jsonLogging } = this.code;
    if (!jsonLogging || !isKept(level, jsonLogging.systemLevel)) return;
    const init = { initializationType: "on-demand", phase: "init" };
    this.#deliver("", platformEvent(this.#owner.clock.now(), type, { ...init, ...record }));
  }

  #initReport(status: ReturnType<typeof statusOf>): void {
    const durationMs = Math.round(realClock.monotonicMs() - this.#startedMonotonicMs);
    this.#event("initReport", status.status === "success" ? "DEBUG" : "WARN", {
      ...status,
      metrics: { durationMs },
    });
  }

  #deliver(requestId: string, message: string): void {
    this.#owner.deliver({
      functionArn: this.code.functionArn,
      logGroup: this.code.logGroup,
      logStream: this.#owner.logStream,
      requestId,
      atMs: this.#owner.clock.now(),
      message,
    });
  }

  /** The thread is about to exit. */
  #fatal(ids: readonly number[], error: FunctionError): void {
    this.draining = true;
    for (const id of ids) this.#settle(id, broken(error), `Status: error\tError Type: ${error.errorType}`);
    this.#owner.freed();
  }
}
