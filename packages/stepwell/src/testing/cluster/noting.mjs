import { appendFileSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { withDurableExecution } from "@stepwell/durable";

const note = (line) => appendFileSync(process.env.RECORD, `${line}\n`);

/** Takes `ms`; its record has a line when it begins and one when it ends. */
export const slow = async ({ id, ms }) => {
  note(`begun ${id}`);
  console.log(`working on ${id}`);
  await delay(ms);
  note(`ended ${id}`);
  return id;
};

/** Takes an hour the first time, and the second time nothing. */
export const stuck = async ({ id }) => {
  note(`begun ${id}`);
  const times = readFileSync(process.env.RECORD, "utf8").split(`begun ${id}\n`).length - 1;
  if (times === 1) await delay(3_600_000);
  note(`ended ${id}`);
};

/** Has `slow` called by a chained invoke. */
export const caller = withDurableExecution(async (event, context) => context.invoke("call", "slow", event));
