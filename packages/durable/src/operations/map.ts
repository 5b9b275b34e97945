import type { Context } from "../context.ts";
import { DurablePromise } from "../durable-promise.ts";
import type { BatchResult, MapConfig, MapFunc } from "../types/batch.ts";
import { splitName } from "./arguments.ts";
import { runBatch } from "./batch.ts";

/** `context.map`. */
export function map(context: Context, args: unknown[]): DurablePromise<BatchResult<unknown>> {
  const [name, [items, fn, config]] = splitName(args);
  const outcome = mapItems(context, name, items, fn, config ?? {});
  outcome.catch(() => {}); // It is reported to whoever awaits the map, not as an unhandled rejection.
  return new DurablePromise(() => outcome);
}

async function mapItems<I, T>(
  context: Context,
  name: string | undefined,
  items: I[],
  fn: MapFunc<I, T>,
  config: MapConfig<I, T>,
): Promise<BatchResult<T>> {
  if (!Array.isArray(items)) throw new Error("Map operation requires an array of items");
  if (typeof fn !== "function") throw new Error("Map operation requires a function to process items");
  const entries = items.map((item, index) => ({
    name: config.itemNamer?.(item, index),
    defaultName: `map-item-${index}`,
    run: (child: Context) => fn(child, item, index, items),
  }));
  return runBatch(context, "map", name, entries, config);
}
