import type { CallContext } from "../kernel/context.ts";
import type { Dispatcher } from "../kernel/dispatcher.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Targets } from "../kernel/targets.ts";
import { untilNoConflict as untilDecided } from "../kernel/until-no-conflict.ts";
import { Conflict } from "../store/errors.ts";
import type { Change, Store } from "../store/store.ts";
import type { ArchiveHousekeeping } from "./archive-housekeeping.ts";
import { busNotFound, modifiedMeanwhile, ruleNotFound } from "./errors.ts";
import { type BusName, busArn, DEFAULT_BUS, namedBus } from "./names.ts";
import type { EventRouter } from "./router.ts";
import { buses, type EventBus } from "./table/buses.ts";
import { type Rule, rules } from "./table/rules.ts";

/** What the operations work with. */
export interface EventsParts {
  readonly store: Store;
  readonly ids: Ids;
  readonly dispatcher: Dispatcher;
  readonly targets: Targets;
  readonly router: EventRouter;
  readonly housekeeping: ArchiveHousekeeping;
}

/** The bus that a request names. Throws ResourceNotFoundException; the default bus is made when it is first asked for. */
export async function requireBus(
  parts: EventsParts,
  context: CallContext,
  nameOrArn?: string,
): Promise<EventBus> {
  const bus = namedBus(context, nameOrArn);
  if (bus.account !== context.account || bus.region !== context.region) throw busNotFound(bus.name);
  const found = await buses.find(parts.store, bus);
  if (found) return found;
  if (bus.name !== DEFAULT_BUS) throw busNotFound(bus.name);
  const ensure = buses.ensureDefault(context, context.clock.now());
  await parts.store.commit([ensure], { key: busArn(bus) });
  return (await buses.find(parts.store, bus))!;
}

/** The rule of that name with its bus. Throws ResourceNotFoundException for whichever of them is missing. */
export async function requireRule(parts: EventsParts, bus: BusName, name: string): Promise<Rule> {
  const rule = await rules.find(parts.store, bus, name);
  if (!rule) throw ruleNotFound(name, bus.name);
  return rule;
}

/** Changes of a bus's rules, targets or archives: with it everybody compiles them anew. */
export async function commitRules(
  parts: EventsParts,
  bus: BusName,
  changes: readonly Change[],
): Promise<void> {
  await parts.store.commit([...changes, buses.rulesChanged(bus)], { key: busArn(bus) });
}

const MOST_ATTEMPTS = 10;

/** Does again what somebody else's change has run into, which looks at the new state then; a few times. */
export function untilNoConflict<T>(attempt: () => Promise<T>): Promise<T> {
  return untilDecided(attempt, MOST_ATTEMPTS).catch((error: unknown) => {
    throw error instanceof Conflict ? modifiedMeanwhile() : error;
  });
}
