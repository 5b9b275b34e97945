import type { CallContext } from "../kernel/context.ts";
import type { DueThing } from "../kernel/due.ts";
import { AwsError } from "../kernel/errors.ts";
import type { Operation } from "../kernel/operations.ts";
import type { Activity } from "./activity.ts";
import type { DueThings } from "./due-things.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** How many things that are due GetTime tells of unless it is asked for more. */
const DEFAULT_ITEMS = 10;

interface AdvanceInput {
  readonly Milliseconds?: number;
  /** Epoch milliseconds. */
  readonly To?: number;
}

/** What virtual time consists of; absent on a node that lives on the machine's time. */
export interface TimeParts {
  readonly time: VirtualTime;
  readonly activity: Activity;
}

/** Stepwell's own operations on time, for the operation table under `stepwell`. */
export function timeOperations(
  due: DueThings,
  parts: TimeParts | undefined,
): Readonly<Record<string, Operation>> {
  const move = async (context: CallContext, target: () => Promise<number | undefined>) => {
    if (!parts) throw timeIsReal();
    const moved = await parts.time.move(target, context.signal);
    const next = await due.nextWorthSkippingTo();
    return {
      Now: context.clock.now(),
      Moved: moved !== undefined,
      Fired: (moved?.fired ?? []).map(shown),
      MoreFired: moved?.moreFired ?? false,
      ...(next ? { Next: shown(next) } : {}),
    };
  };
  return {
    /** Where time stands, whose handlers hold it there, and what is due next. */
    async GetTime(context, { MaxItems }: { MaxItems?: number }) {
      const things = await due.until(Number.MAX_SAFE_INTEGER, MaxItems ?? DEFAULT_ITEMS);
      return {
        Now: context.clock.now(),
        Virtual: parts !== undefined,
        Running: parts?.activity.names() ?? [],
        Due: things.map(shown),
      };
    },
    /** Moves time on by a duration, or to a date that is not in its past. */
    AdvanceTime: (context, { Milliseconds, To }: AdvanceInput) => {
      if ((Milliseconds === undefined) === (To === undefined)) {
        throw invalid("Say either by how many Milliseconds time is to move, or To when.");
      }
      return move(context, async () => {
        const nowMs = context.clock.now();
        const toMs = To ?? nowMs + Milliseconds!;
        if (toMs < nowMs) {
          throw invalid(`Time stands at ${new Date(nowMs).toISOString()} already: it moves forward only.`);
        }
        return toMs;
      });
    },
    /** Moves time on to the next thing that is due; `Moved` is false when there is none. */
    SkipTime: (context) => move(context, async () => (await due.nextWorthSkippingTo())?.atMs),
  };
}

function shown(thing: DueThing) {
  const { atMs, kind, functionName, resourceArn, executionArn, operationId, operationName } = thing;
  return {
    At: atMs,
    Kind: kind,
    ...(functionName === undefined ? {} : { FunctionName: functionName }),
    ...(resourceArn === undefined ? {} : { ResourceArn: resourceArn }),
    ...(executionArn === undefined ? {} : { DurableExecutionArn: executionArn }),
    ...(operationId === undefined ? {} : { OperationId: operationId }),
    ...(operationName === undefined ? {} : { OperationName: operationName }),
  };
}

function timeIsReal(): AwsError {
  return new AwsError(
    "TimeIsRealException",
    "This server lives on the machine's time, which cannot be moved. Start it with `stepwell dev --time virtual`.",
    { httpStatus: 409 },
  );
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
