import { type DescribeByKind, type DueThing, type FindDue, isWorthSkippingTo } from "../kernel/due.ts";
import { type WorkItem, work } from "../kernel/work.ts";
import type { Store } from "../store/store.ts";

/** As many items are looked through for something that time can be skipped to. */
const MOST_LOOKED_AT = 1000;

/** What will happen by itself, and when: work items told in the words of those who made them, and what else there is. */
export class DueThings {
  readonly #store: Store;
  readonly #describe: DescribeByKind;
  readonly #others: readonly FindDue[];

  constructor(store: Store, describe: DescribeByKind, others: readonly FindDue[] = []) {
    this.#store = store;
    this.#describe = describe;
    this.#others = others;
  }

  /** The first things that are due by `atMs`, in their order. */
  async until(atMs: number, most: number): Promise<DueThing[]> {
    const things: DueThing[] = [];
    for (const item of await work.free(this.#store, atMs, most)) things.push(...(await this.#thing(item)));
    for (const find of this.#others) things.push(...(await find(atMs, most)));
    return things.sort(byTime).slice(0, most);
  }

  /** The first thing that is worth skipping to. */
  async nextWorthSkippingTo(): Promise<DueThing | undefined> {
    const firsts: DueThing[] = [];
    for (const item of await work.free(this.#store, Number.MAX_SAFE_INTEGER, MOST_LOOKED_AT)) {
      const [thing] = await this.#thing(item);
      if (!thing || !isWorthSkippingTo(thing.kind)) continue;
      firsts.push(thing);
      break;
    }
    for (const find of this.#others) firsts.push(...(await find(Number.MAX_SAFE_INTEGER, 1)));
    return firsts.sort(byTime)[0];
  }

  async #thing(item: WorkItem): Promise<DueThing[]> {
    const describe = this.#describe[item.kind];
    const described = describe ? await describe(item) : { kind: "HOUSEKEEPING" as const };
    return described ? [{ ...described, atMs: item.availableAtMs }] : [];
  }
}

function byTime(a: DueThing, b: DueThing): number {
  return a.atMs - b.atMs;
}
