/** How far the limits of executions can be raised: an execution is folded in memory, and more would not fit. */
export const MOST_OPERATIONS = 1_000_000;
export const MOST_EXECUTION_BYTES = 10 * 1024 ** 3;
