import { connect } from "node:net";
import { parentPort } from "node:worker_threads";
import { FrameConnection } from "../frames.ts";
import { PortFailure } from "../port-error.ts";
import {
  ASLEEP,
  BEGUN,
  CONNECTED,
  type FromInstance,
  type InstanceSetup,
  type InvokeMessage,
  type ResponseChunk,
  RUNNING,
  type ToInstance,
} from "../protocol.ts";
import type { PortCall } from "./invocation-port.ts";

interface ChunkCall {
  readonly kind: "chunk";
  readonly request: ResponseChunk;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The instance's connection to the server. It keeps the thread alive while the instance is idle or waits for a reply,
 * but not while a handler runs: whether the handler can still go on is then for its own timers and sockets to say.
 */
export class ServerLink {
  readonly #connection: FrameConnection<ToInstance, FromInstance>;
  readonly #pending = new Map<number, Pending>();
  readonly #shared: Int32Array;
  #nextCall = 1;
  #running = 0;
  #exitCode = 0;

  constructor(
    setup: InstanceSetup,
    shared: Int32Array,
    onInvoke: (message: InvokeMessage) => void,
    onNews: (id: number) => void,
  ) {
    this.#shared = shared;
    const receive = (messages: readonly ToInstance[]) => {
      for (const message of messages) {
        if (message.kind === "invoke") onInvoke(message);
        else if (message.kind === "news") onNews(message.id);
        else this.#settle(message);
      }
    };
    this.#connection = new FrameConnection<ToInstance, FromInstance>(
      connect(setup.socketPath),
      receive,
      "instance",
    );
    // Without its server an instance has nobody to run for.
    const end = () => process.exit(this.#exitCode);
    this.#connection.socket.on("error", end);
    this.#connection.socket.on("close", end);
    this.#connection.socket.on("connect", () => Atomics.store(shared, CONNECTED, 1));
    this.#connection.send({ kind: "hello", token: setup.token });
  }

  send(message: FromInstance): void {
    this.#connection.send(message);
  }

  /** Sends before anything else can happen to this thread: it may block or die in the next line. */
  sendNow(message: FromInstance): void {
    this.#connection.send(message);
    this.#connection.flush();
  }

  flush(): void {
    this.#connection.flush();
  }

  /**
   * Sends what is left, then ends the thread. Not before the server has closed too: what is sent to a peer that is gone
   * costs it what it has not read yet.
   */
  exit(exitCode: number): void {
    this.#exitCode = exitCode;
    this.#connection.end();
  }

  /** Says for good that an invocation has begun, however this thread ends. */
  begin(id: number): void {
    Atomics.store(this.#shared, BEGUN, id);
  }

  /** How many handler calls are under way. */
  set running(count: number) {
    this.#running = count;
    this.#hold();
    Atomics.store(this.#shared, RUNNING, count);
    if (count > 0 && Atomics.exchange(this.#shared, ASLEEP, 0) === 1) parentPort!.postMessage("awake");
  }

  call(id: number, { kind, request }: PortCall | ChunkCall): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = this.#nextCall++;
      this.#pending.set(call, { resolve, reject });
      this.#hold();
      this.#connection.send({ kind, id, call, request } as FromInstance);
    });
  }

  #settle(message: Extract<ToInstance, { readonly call: number }>): void {
    const pending = this.#pending.get(message.call);
    this.#pending.delete(message.call);
    this.#hold();
    if (message.kind === "reply") pending?.resolve(message.value);
    else pending?.reject(new PortFailure(message.error));
  }

  #hold(): void {
    const { socket } = this.#connection;
    if (this.#running === 0 || this.#pending.size > 0) socket.ref();
    else socket.unref();
  }
}
