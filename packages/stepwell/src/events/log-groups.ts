import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import type { ServiceOptions } from "../kernel/service.ts";
import type { Target } from "../kernel/targets.ts";
import { type WorkItem, work } from "../kernel/work.ts";
import { UnderWay } from "./under-way.ts";

const LOG = "events.log";
const GROUP_ARN = /^arn:aws[\w-]*:logs:([\w-]+):(\d{12}):log-group:([^:]+)(?::\*)?$/;

/** An event on its way to a log group. */
interface PendingLog {
  readonly account: string;
  readonly region: string;
  readonly group: string;
  /** A stream of its own for each event, as AWS makes. */
  readonly stream: string;
  readonly message: string;
  readonly atMs: number;
}

/** Whether an ARN names a log group. */
export function isLogGroup(arn: string): boolean {
  return GROUP_ARN.test(arn);
}

/**
 * Log groups as targets. What is written goes through the operations of CloudWatch Logs, which commit by themselves; so
 * a delivery is a work item, which writes, at least once, and ends. An event for a group that is gone is dropped.
 */
export class LogGroupTargets {
  readonly #options: ServiceOptions;
  readonly #underWay = new UnderWay();

  constructor(options: ServiceOptions) {
    this.#options = options;
    options.dispatcher.handle(LOG, (item) => this.#underWay.run(this.#write(item)));
  }

  readonly target: Target = (arn, { payload }) => {
    const { clock, ids, dispatcher } = this.#options;
    const [, region, account, group] = GROUP_ARN.exec(arn) ?? [];
    if (group === undefined) throw new AwsError("ResourceNotFoundException", `${arn} is not a log group.`);
    const [atMs, stream] = [clock.now(), ids.uuid()];
    const pending: PendingLog = { account: account!, region: region!, group, stream, message: payload, atMs };
    const key = `${account}/${region}/${LOG}/${stream}`;
    const item = { key, kind: LOG, dueAtMs: atMs, availableAtMs: atMs, data: JSON.stringify(pending) };
    return { changes: [work.insert(item)], committed: () => dispatcher.wake(atMs) };
  };

  /** Resolves when nothing is being written any more. */
  close(): Promise<void> {
    return this.#underWay.close();
  }

  async #write(item: WorkItem): Promise<void> {
    const { store, owner, log } = this.#options;
    const { account, region, ...pending } = JSON.parse(item.data) as PendingLog;
    try {
      await this.#put({ account, region }, pending);
    } catch (error) {
      if (!(error instanceof AwsError) || error.fault === "server") throw error;
      log.warn(
        { group: pending.group, error },
        "an event could not be written to a log group; it is dropped",
      );
    }
    await store.commit([work.finish(item, owner)], { key: item.key });
  }

  async #put(
    place: Pick<CallContext, "account" | "region">,
    { group, stream, message, atMs }: Omit<PendingLog, "account" | "region">,
  ): Promise<void> {
    const { operations, clock, ids, log } = this.#options;
    const { signal } = new AbortController();
    const principal = `arn:aws:iam::${place.account}:root`;
    const context: CallContext = { ...place, principal, requestId: ids.uuid(), clock, signal, log };
    const named = { logGroupName: group, logStreamName: stream };
    await operations.call(context, "logs.CreateLogStream", named).catch((error) => {
      // Written before, and the end of that was not recorded.
      if (error?.code !== "ResourceAlreadyExistsException") throw error;
    });
    const logEvents = [{ timestamp: atMs, message }];
    await operations.call(context, "logs.PutLogEvents", { ...named, logEvents });
  }
}
