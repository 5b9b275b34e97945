/** Told when user code begins to wait for an operation, and when a race no longer does. */
export interface AwaitListener {
  awaited(): void;
  released(): void;
}

/**
 * The promise of a durable operation. It has two phases: the operation is started when the promise is made, and the
 * executor, which waits for the outcome, runs once when somebody first awaits it. A wait that nobody awaits yet
 * therefore runs in the service while the handler goes on, and does not suspend it.
 */
export class DurablePromise<T> implements Promise<T> {
  readonly #executor: () => Promise<T>;
  readonly #listener: AwaitListener | undefined;
  #promise: Promise<T> | undefined;

  constructor(executor: () => Promise<T>, listener?: AwaitListener) {
    this.#executor = executor;
    this.#listener = listener;
  }

  // biome-ignore-start lint/suspicious/noExplicitAny: rejections are typed as those of Promise.
  // biome-ignore lint/suspicious/noThenProperty: being awaited is what this class is for.
  then<R = T, E = never>(
    onfulfilled?: ((value: T) => R | PromiseLike<R>) | undefined | null,
    onrejected?: ((reason: any) => E | PromiseLike<E>) | undefined | null,
  ): Promise<R | E> {
    return this.#begun().then(onfulfilled, onrejected);
  }

  catch<E = never>(onrejected?: ((reason: any) => E | PromiseLike<E>) | undefined | null): Promise<T | E> {
    return this.#begun().catch(onrejected);
  }

  // biome-ignore-end lint/suspicious/noExplicitAny: rejections are typed as those of Promise.

  finally(onfinally?: (() => void) | undefined | null): Promise<T> {
    return this.#begun().finally(onfinally);
  }

  /** Whether somebody has awaited it. */
  get isExecuted(): boolean {
    return this.#promise !== undefined;
  }

  get [Symbol.toStringTag](): string {
    return "DurablePromise";
  }

  #begun(): Promise<T> {
    this.#listener?.awaited();
    this.#promise ??= this.#executor();
    return this.#promise;
  }

  /** Begins the second phase of those in which nothing is waited for but their own operations. */
  static begin(promises: Iterable<unknown>): void {
    for (const promise of promises) {
      if (promise instanceof DurablePromise && !promise.#listener) promise.#begun().catch(() => {});
    }
  }

  /** Says that nobody waits for these any more (their race is decided), so that they do not suspend the handler. */
  static release(promises: Iterable<unknown>): void {
    for (const promise of promises) if (promise instanceof DurablePromise) promise.#listener?.released();
  }
}

/** A promise that never settles: its operation belongs to work that is over, or the invocation is ending. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => {});
}

/** A durable promise that never settles. */
export function neverDurable<T>(): DurablePromise<T> {
  return new DurablePromise<T>(never);
}
