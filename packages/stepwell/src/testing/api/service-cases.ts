import type { ServiceCases } from "./cases.ts";
import { durableCases } from "./durable-cases.ts";
import { eventCases } from "./event-cases.ts";
import { LAMBDA_CASES } from "./lambda-cases.ts";
import { LAYER_CASES } from "./layer-cases.ts";
import { logsCases } from "./logs-cases.ts";
import type { Seeds } from "./seeded-node.ts";

/** Every operation of the services. */
export const SERVICE_CASES: Readonly<Record<"lambda" | "logs", (seeds: Seeds) => ServiceCases>> = {
  lambda: (seeds) => ({
    ...durableCases(seeds),
    ...LAYER_CASES,
    ...eventCases(seeds),
    ...LAMBDA_CASES,
  }),
  logs: ({ putAtMs }) => logsCases(putAtMs),
};

/** For the names of the operations, before there is a node. */
export const NO_SEEDS: Seeds = { execution: "", token: "", callbacks: ["", "", ""], mapping: "", putAtMs: 0 };
