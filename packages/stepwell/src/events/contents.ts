import { compilePattern, type EventPattern } from "../kernel/patterns/pattern.ts";
import type { Store } from "../store/store.ts";
import { type BusName, ruleArn } from "./names.ts";
import { archives } from "./table/archives.ts";
import { buses } from "./table/buses.ts";
import { type Rule, type RuleTarget, rules } from "./table/rules.ts";
import { prepareInput, type TargetInput } from "./target-input.ts";

export interface PreparedTarget {
  readonly target: RuleTarget;
  readonly input: TargetInput;
}

/** A rule, ready for events. */
export interface PreparedRule {
  readonly name: string;
  readonly arn: string;
  readonly targets: readonly PreparedTarget[];
}

/** A rule that events are held against. */
export interface MatchingRule extends PreparedRule {
  readonly pattern: EventPattern;
}

/** Who wants events of a bus. */
export interface BusContents {
  readonly rules: readonly MatchingRule[];
  readonly archives: readonly { readonly id: number; readonly pattern: EventPattern | undefined }[];
}

const EMPTY: BusContents = { rules: [], archives: [] };

export function prepareRule({ bus, name, targets }: Rule): PreparedRule {
  return {
    name,
    arn: ruleArn(bus, name),
    targets: targets.map((target) => ({ target, input: prepareInput(target) })),
  };
}

/**
 * What is compiled of the buses: once per version of a bus's rules, whoever changed them. Asking for the version is the
 * one look at the store that an event costs.
 */
export class CompiledBuses {
  readonly #store: Store;
  readonly #compiled = new Map<string, { readonly version: number; readonly contents: BusContents }>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Undefined when there is no such bus. The default one is there although it may have no row. */
  async find(bus: BusName): Promise<BusContents | undefined> {
    const version = await buses.rulesVersion(this.#store, bus);
    if (version === undefined) return undefined;
    const key = `${bus.account}/${bus.region}/${bus.name}`;
    const known = this.#compiled.get(key);
    if (known?.version === version) return known.contents;
    // Read after the version: what is newer than it is compiled again next time, and nothing is ever older.
    const contents = await this.#compile(bus);
    this.#compiled.set(key, { version, contents });
    return contents;
  }

  async #compile(bus: BusName): Promise<BusContents> {
    const [all, kept] = await Promise.all([rules.all(this.#store, bus), archives.ofBus(this.#store, bus)]);
    const matching = all.flatMap((rule) => {
      if (rule.pattern === undefined || rule.state === "DISABLED" || rule.targets.length === 0) return [];
      return [{ ...prepareRule(rule), pattern: compilePattern(rule.pattern) }];
    });
    if (matching.length === 0 && kept.length === 0) return EMPTY;
    return {
      rules: matching,
      archives: kept.map(({ id, pattern }) => ({
        id,
        pattern: pattern === undefined ? undefined : compilePattern(pattern),
      })),
    };
  }
}
