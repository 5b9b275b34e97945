import { storeTables } from "./0001-store.ts";
import { durableTables } from "./0002-durable.ts";
import { functionTables } from "./0003-functions.ts";
import { logTables } from "./0004-logs.ts";
import { sharedByVersions } from "./0005-shared-by-versions.ts";
import { virtualTime } from "./0006-virtual-time.ts";
import { layerTables } from "./0007-layers.ts";
import { queueTables } from "./0008-queues.ts";
import { topicTables } from "./0009-topics.ts";
import { busTables } from "./0010-buses.ts";
import { scheduleTables } from "./0011-schedules.ts";
import { mappingTables } from "./0012-mappings.ts";
import { parameterTables } from "./0013-parameters.ts";
import { homes } from "./0014-homes.ts";
import type { Migration } from "./migration.ts";

/** The schema, step by step. To add one: a new file with the next number, and its name at the end of this list. */
export const MIGRATIONS: readonly Migration[] = [
  storeTables,
  durableTables,
  functionTables,
  logTables,
  sharedByVersions,
  virtualTime,
  layerTables,
  queueTables,
  topicTables,
  busTables,
  scheduleTables,
  mappingTables,
  parameterTables,
  homes,
];
