/** First in, first out, without the cost of `Array.shift` on a long backlog. */
class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;
  get length(): number {
    return this.#items.length - this.#head;
  }
  push(item: T): void {
    this.#items.push(item);
  }
  /** Puts an item back at the front. */
  unshift(item: T): void {
    if (this.#head > 0) this.#items[--this.#head] = item;
    else this.#items.unshift(item);
  }
  shift(): T | undefined {
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}

/** A caller waits for the first lane, nobody for the second. */
type Lane<K, T> = Map<K, Fifo<T>>;

/**
 * What waits for an instance: synchronous invocations before others, and within each lane the functions take turns,
 * so that one function's backlog delays nobody else's.
 */
export class FairQueue<K, T> {
  readonly #lanes: readonly [Lane<K, T>, Lane<K, T>] = [new Map(), new Map()];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(key: K, item: T, synchronous: boolean): void {
    this.#fifo(key, synchronous).push(item);
    this.#length++;
  }

  /** Puts an item back where it was taken from: it is the next of its key. */
  putBack(key: K, item: T, synchronous: boolean): void {
    this.#fifo(key, synchronous).unshift(item);
    this.#length++;
  }

  /** Takes the next item of the first key that `accepts` agrees to; that key then goes behind the others. */
  take(accepts: (key: K) => boolean): T | undefined {
    for (const lane of this.#lanes) {
      for (const [key, fifo] of lane) {
        if (!accepts(key)) continue;
        const item = fifo.shift()!;
        lane.delete(key);
        if (fifo.length > 0) lane.set(key, fifo);
        this.#length--;
        return item;
      }
    }
    return undefined;
  }

  /** Takes everything, in no particular order. */
  drain(): T[] {
    const items: T[] = [];
    for (let item = this.take(() => true); item !== undefined; item = this.take(() => true)) items.push(item);
    return items;
  }

  lengthOf(key: K): number {
    return (this.#lanes[0].get(key)?.length ?? 0) + (this.#lanes[1].get(key)?.length ?? 0);
  }

  #fifo(key: K, synchronous: boolean): Fifo<T> {
    const lane = this.#lanes[synchronous ? 0 : 1];
    let fifo = lane.get(key);
    if (!fifo) {
      fifo = new Fifo();
      lane.set(key, fifo);
    }
    return fifo;
  }
}
