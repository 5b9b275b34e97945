import { withDurableExecution } from "@stepwell/durable";
import { stepResult } from "../../../lib/work.mjs";

export const handler = withDurableExecution(async (_event, context) => {
  let result: unknown;
  for (let i = 0; i < 10; i++) result = await context.step(`step ${i}`, async () => stepResult(i));
  return result;
});
