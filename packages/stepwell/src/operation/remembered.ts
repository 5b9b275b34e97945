import type { Clock } from "../kernel/clock.ts";

/** Has `find` run at most once at a time, and its answer serve whoever asks until `forMs` after it came. */
export function remembered<T>(clock: Clock, forMs: number, find: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let untilMs = Number.POSITIVE_INFINITY;
  return () => {
    if (!answer || clock.monotonicMs() >= untilMs) {
      untilMs = Number.POSITIVE_INFINITY;
      const asked = find();
      answer = asked;
      const known = () => {
        untilMs = clock.monotonicMs() + forMs;
      };
      asked.then(known, known);
    }
    return answer;
  };
}

/** Rejects with `message` when `asked` takes longer than `ms` by the machine's time. */
export function within<T>(clock: Clock, ms: number, message: string, asked: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.at(clock.now() + ms, () => reject(new Error(message)));
    asked.then(resolve, reject).finally(() => timer.cancel());
  });
}
