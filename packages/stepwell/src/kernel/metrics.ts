/** The values of a metric's labels, by their names. */
export type Labels = Readonly<Record<string, string>>;

/** A value that is read when somebody asks for it. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

interface Metric {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  /** Its lines, without the name before each `{`. */
  readonly lines: () => Lines | Promise<Lines>;
}

/** What follows the metric's name, and the value. */
type Lines = readonly (readonly [suffix: string, value: number])[];

const NO_LABELS: Labels = {};

/** Something that only grows. */
class Counter {
  readonly #values = new Map<string, number>();

  add(by = 1, labels = NO_LABELS): void {
    const key = rendered(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + by);
  }

  lines(): Lines {
    return [...this.#values];
  }
}

interface Distribution {
  readonly labels: Labels;
  /** How many values are at most the bound of the same place, and above the one before; the last has no bound. */
  readonly counts: number[];
  sum: number;
}

/** How values are spread over buckets. */
class Histogram {
  readonly #bounds: readonly number[];
  readonly #distributions = new Map<string, Distribution>();

  /** `bounds` ascend: the greatest value of each bucket. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  /** Adds a value, `times` times. */
  observe(value: number, labels = NO_LABELS, times = 1): void {
    const key = rendered(labels);
    let distribution = this.#distributions.get(key);
    if (!distribution) {
      distribution = { labels, counts: new Array<number>(this.#bounds.length + 1).fill(0), sum: 0 };
      this.#distributions.set(key, distribution);
    }
    let place = 0;
    while (place < this.#bounds.length && value > this.#bounds[place]!) place++;
    distribution.counts[place]! += times;
    distribution.sum += value * times;
  }

  lines(): Lines {
    return [...this.#distributions.values()].flatMap(({ labels, counts, sum }) => {
      let below = 0;
      const buckets = counts.map((count, place) => {
        below += count;
        const le = place < this.#bounds.length ? String(this.#bounds[place]) : "+Inf";
        return [`_bucket${rendered({ ...labels, le })}`, below] as const;
      });
      return [
        ...buckets,
        [`_sum${rendered(labels)}`, sum] as const,
        [`_count${rendered(labels)}`, below] as const,
      ];
    });
  }
}

/**
 * What a process tells about itself, in Prometheus' text format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 */
export class Metrics {
  readonly #metrics = new Map<string, Metric>();

  counter(name: string, help: string): Counter {
    const counter = new Counter();
    this.#declare(name, { type: "counter", help, lines: () => counter.lines() });
    return counter;
  }

  histogram(name: string, help: string, bounds: readonly number[]): Histogram {
    const histogram = new Histogram(bounds);
    this.#declare(name, { type: "histogram", help, lines: () => histogram.lines() });
    return histogram;
  }

  /** What is read only when somebody asks; it has no value while it cannot be read. */
  gauge(
    name: string,
    help: string,
    read: () => readonly Sample[] | Promise<readonly Sample[]>,
    type: "gauge" | "counter" = "gauge",
  ): void {
    const lines = async () =>
      (await read()).map(({ labels, value }) => [rendered(labels ?? NO_LABELS), value] as const);
    this.#declare(name, { type, help, lines });
  }

  async text(): Promise<string> {
    const parts = [...this.#metrics].map(async ([name, { type, help, lines }]) => {
      const values = await Promise.resolve(lines()).catch((): Lines => []);
      const body = values.map(([suffix, value]) => `${name}${suffix} ${value}\n`).join("");
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${body}`;
    });
    return (await Promise.all(parts)).join("");
  }

  #declare(name: string, metric: Metric): void {
    if (this.#metrics.has(name)) throw new Error(`A metric named "${name}" is declared twice.`);
    this.#metrics.set(name, metric);
  }
}

/** Lets the first `most` different values of a label through; all others become `other`. */
export function boundedLabel(most: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= most) return "other";
    known.add(value);
    return value;
  };
}

function rendered(labels: Labels): string {
  const entries = Object.entries(labels);
  if (entries.length === 0) return "";
  return `{${entries.map(([name, value]) => `${name}="${escaped(value)}"`).join(",")}}`;
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}
