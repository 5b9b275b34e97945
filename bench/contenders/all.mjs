import { dbos } from "./dbos.mjs";
import { restate } from "./restate.mjs";
import { stepwell } from "./stepwell.mjs";
import { stepwellAwsSdk } from "./stepwell-aws-sdk.mjs";
import { stepwellEmbedded } from "./stepwell-embedded.mjs";
import { stepwellInline } from "./stepwell-inline.mjs";
import { stepwellPostgres } from "./stepwell-postgres.mjs";

/**
 * Who takes part. A contender's `start` resolves to a running server, which can do what its `workloads` need:
 *
 *   pids()             its processes, without those that they have started
 *   settings()         what is set, for the report
 *   run(input)         runs a workflow; the text of its result
 *   startAll(inputs)   starts workflows; resolves when all are accepted
 *   allEnded()         resolves when these have ended: `{ succeeded, result }`, how many did, and what one returned
 *   complete(id)       completes a callback
 *   crash(), restart() ends its processes with kill -9; starts them on the same data, resolves when they answer
 *   stop()
 *
 * An input is `{ workload: "w1", id, … }`.
 */
/** Those that keep their data in one PostgreSQL server: `--store postgres`. */
export const ON_POSTGRES = [stepwellPostgres, dbos];

export const CONTENDERS = [
  stepwell,
  stepwellInline,
  stepwellEmbedded,
  stepwellAwsSdk,
  restate,
  stepwellPostgres,
  dbos,
];
