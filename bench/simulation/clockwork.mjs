// A simulated time in which processes (generators) wait for each other and for what they share.

/** Processes yield what they wait for: a number of milliseconds, or a function that is given how to go on. */
export class Clockwork {
  nowMs = 0;
  #order = 0;
  /** A binary heap by time, then by order. */
  #events = [];

  start(process) {
    const step = () => {
      const { value, done } = process.next();
      if (done) return;
      if (typeof value === "number") this.after(value, step);
      else value(step);
    };
    this.after(0, step);
  }

  after(ms, act) {
    this.#push({ atMs: this.nowMs + ms, order: this.#order++, act });
  }

  runUntil(endMs) {
    while (this.#events.length > 0 && this.#events[0].atMs <= endMs) {
      const { atMs, act } = this.#pop();
      this.nowMs = atMs;
      act();
    }
    this.nowMs = endMs;
  }

  #push(event) {
    const heap = this.#events;
    let i = heap.push(event) - 1;
    for (; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!isBefore(event, heap[parent])) break;
      heap[i] = heap[parent];
      i = parent;
    }
    heap[i] = event;
  }

  #pop() {
    const heap = this.#events;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = last;
    return first;
  }
}

function isBefore(a, b) {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** So many processors, or one thread: first come, first served. */
export class Servers {
  busyMs = 0;
  #clockwork;
  #free;
  #waiting = [];

  constructor(clockwork, count) {
    this.#clockwork = clockwork;
    this.#free = count;
  }

  /** For `yield*`: holds one of them for so long, and meanwhile, if given, one of `beneath` too. */
  *use(ms, beneath) {
    if (this.#free > 0) this.#free--;
    else yield (goOn) => this.#waiting.push(goOn);
    if (beneath) yield* beneath.use(ms);
    else yield ms;
    this.busyMs += ms;
    const next = this.#waiting.shift();
    // Whoever waits has it from here on, before anybody who comes now.
    if (next) this.#clockwork.after(0, next);
    else this.#free++;
  }
}

/** A disk that makes all that waits durable at once: what comes meanwhile is next. */
export class Disk {
  busyMs = 0;
  #clockwork;
  #syncMs;
  #waiting = [];
  #isBusy = false;

  constructor(clockwork, syncMs) {
    this.#clockwork = clockwork;
    this.#syncMs = syncMs;
  }

  *sync() {
    yield (goOn) => {
      this.#waiting.push(goOn);
      if (!this.#isBusy) this.#next();
    };
  }

  #next() {
    const durable = this.#waiting;
    this.#waiting = [];
    this.#isBusy = true;
    this.#clockwork.after(this.#syncMs, () => {
      this.busyMs += this.#syncMs;
      this.#isBusy = false;
      if (this.#waiting.length > 0) this.#next();
      for (const goOn of durable) goOn();
    });
  }
}
