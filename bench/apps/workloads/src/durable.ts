import { withDurableExecution } from "@stepwell/durable";
import { type Input, runWorkload } from "./workloads.ts";

export const handler = withDurableExecution((event: Input, context) => runWorkload(context, event));
