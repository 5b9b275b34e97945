import type { StepConfig, StepFunc } from "../types/operations.ts";
import { splitName } from "./arguments.ts";

/** A registered undo step. */
export interface Undo {
  /** Tells it from all others of the execution, whatever the order in which those of other names are registered. */
  readonly key: string;
  readonly name: string | undefined;
  readonly fn: StepFunc<unknown>;
  readonly config: StepConfig<void>;
}

/** The undo steps of one context, those of its children that succeeded included. */
export class Undos {
  readonly #registered: Undo[] = [];
  /** How many of each name, where there are any: contexts are many. */
  #counts: Map<string, number> | undefined;

  /** `position` is that of the context in which it is registered. */
  add(position: string, args: unknown[]): void {
    const [name, [fn, config]] = splitName(args) as [
      string | undefined,
      [StepFunc<unknown>, StepConfig<void>?],
    ];
    if (typeof fn !== "function") {
      throw new TypeError(
        `context.compensate(${name === undefined ? "" : `"${name}", `}…) needs a function that undoes something; got ${typeof fn}.`,
      );
    }
    const label = name ?? "";
    this.#counts ??= new Map();
    const count = (this.#counts.get(label) ?? 0) + 1;
    this.#counts.set(label, count);
    this.#registered.push({ key: `${position}:${label}:${count}`, name, fn, config: config ?? {} });
  }

  /** Takes over those of a child that has succeeded. */
  adopt(child: Undos): void {
    this.#registered.push(...child.#registered);
  }

  get isEmpty(): boolean {
    return this.#registered.length === 0;
  }

  /** The latest one, which is then no longer here. */
  takeLast(): Undo | undefined {
    return this.#registered.pop();
  }
}
