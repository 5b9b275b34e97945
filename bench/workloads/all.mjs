import { w1 } from "./w1.mjs";
import { w2 } from "./w2.mjs";
import { w3 } from "./w3.mjs";
import { w4 } from "./w4.mjs";
import { w5 } from "./w5.mjs";

/**
 * What is measured. A workload's `measure` is one round of one of its `cases` on a running contender, and returns a
 * value for each of the case's figures and the number of `workflows`; `leftMemory` among them tells whether waiting executions had left memory.
 * Those that are `fresh` get a server without a past for each round, the others one that `prepare` has warmed up.
 */
export const WORKLOADS = [w1, w2, w4, w3, w5];
