import type { Clock } from "../kernel/clock.ts";
import type { Dispatcher } from "../kernel/dispatcher.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import type { InputCheck, Operation } from "../kernel/operations.ts";
import { NO_SIGNALS, type Signals } from "../kernel/signals.ts";
import type { Store } from "../store/store.ts";
import { checkLogsInput } from "./check.ts";
import { filterLogEvents } from "./filter.ts";
import { getLogEvents } from "./get.ts";
import { createLogGroup, deleteLogGroup, describeLogGroups } from "./groups.ts";
import { LogHousekeeping } from "./housekeeping.ts";
import { startLiveTail } from "./live-tail.ts";
import type { LogsParts } from "./parts.ts";
import { putLogEvents } from "./put.ts";
import { deleteRetentionPolicy, putRetentionPolicy } from "./retention.ts";
import { createLogStream, deleteLogStream, describeLogStreams } from "./streams.ts";
import { listTags, tag, untag } from "./tags.ts";
import { LogTails } from "./tails.ts";
import { LogWriter } from "./writer.ts";

export interface LogsServiceOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly dispatcher: Dispatcher;
  /** This node's name in work items. */
  readonly owner: string;
  /** To other nodes, where there are any. */
  readonly signals?: Signals;
}

export interface LogsService {
  /** For the operation table, under `logs`, with the check of their inputs. */
  readonly operations: Readonly<Record<string, Operation>>;
  readonly check: InputCheck;
  /** Takes what functions write: a host's LogSink. */
  readonly write: LogWriter["write"];
  /** Follows groups, without a request. */
  readonly tail: LogTails["tail"];
  /** Ends live tails, which would never end by themselves: call it before the server closes. */
  endTails(): void;
  /** Resolves when every line is stored; stop the dispatcher and the host before. */
  close(): Promise<void>;
}

/** CloudWatch Logs: what functions write is stored, and read through the API. */
export function createLogsService(options: LogsServiceOptions): LogsService {
  const { signals } = options;
  const isShared = signals !== undefined && signals !== NO_SIGNALS;
  const tails = new LogTails(isShared ? { ...options, signals } : undefined);
  const writer = new LogWriter({ ...options, tails });
  const housekeeping = new LogHousekeeping(options);
  const { store, ids } = options;
  const parts: LogsParts = { store, ids, writer, tails, housekeeping };
  const closing = new AbortController();
  return {
    operations: {
      CreateLogGroup: (context, input) => createLogGroup(parts, context, input),
      CreateLogStream: (context, input) => createLogStream(parts, context, input),
      DeleteLogGroup: (context, input) => deleteLogGroup(parts, context, input),
      DeleteLogStream: (context, input) => deleteLogStream(parts, context, input),
      DeleteRetentionPolicy: (context, input) => deleteRetentionPolicy(parts, context, input),
      DescribeLogGroups: (context, input) => describeLogGroups(parts, context, input),
      DescribeLogStreams: (context, input) => describeLogStreams(parts, context, input),
      FilterLogEvents: (context, input) => filterLogEvents(parts, context, input),
      GetLogEvents: (context, input) => getLogEvents(parts, context, input),
      ListTagsForResource: (context, input) => listTags(parts, context, input),
      ListTagsLogGroup: (context, input) => listTags(parts, context, input),
      PutLogEvents: (context, input) => putLogEvents(parts, context, input),
      PutRetentionPolicy: (context, input) => putRetentionPolicy(parts, context, input),
      StartLiveTail: (context, input) => startLiveTail(parts, context, input, closing.signal),
      TagLogGroup: (context, input) => tag(parts, context, input),
      TagResource: (context, input) => tag(parts, context, input),
      UntagLogGroup: (context, input) => untag(parts, context, input, input.tags),
      UntagResource: (context, input) => untag(parts, context, input, input.tagKeys),
    },
    check: checkLogsInput,
    write: writer.write,
    tail: (groups, signal) => tails.tail(groups, signal),
    endTails: () => closing.abort(),
    async close() {
      await housekeeping.close();
      await writer.settled();
    },
  };
}
