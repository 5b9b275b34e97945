import { withDurableExecution } from "@aws/durable-execution-sdk-js";
import { type Context, type Input, runWorkload } from "./workloads.ts";

export const handler = withDurableExecution((event: Input, context) =>
  runWorkload(context as unknown as Context, event),
);
