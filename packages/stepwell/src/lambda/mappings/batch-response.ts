/** Which items of a batch have failed. */
export type Failures = "all" | ReadonlySet<string>;

const NONE: ReadonlySet<string> = new Set();

/**
 * Reads what a function answered whose mapping has ReportBatchItemFailures
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting):
 * nothing at all, or a list that is empty or absent, means success; a list with anything else than identifiers of this
 * batch in it means that everything has failed.
 */
export function reportedFailures(payload: string, identifiers: ReadonlySet<string>): Failures {
  if (payload.trim() === "") return NONE;
  let answer: unknown;
  try {
    answer = JSON.parse(payload);
  } catch {
    return "all";
  }
  if (answer === null || answer === "" || (Array.isArray(answer) && answer.length === 0)) return NONE;
  if (typeof answer !== "object" || Array.isArray(answer)) return "all";
  const { batchItemFailures } = answer as { readonly batchItemFailures?: unknown };
  if (batchItemFailures === undefined || batchItemFailures === null) return NONE;
  if (!Array.isArray(batchItemFailures)) return "all";
  const failed = new Set<string>();
  for (const item of batchItemFailures) {
    const identifier: unknown = item?.itemIdentifier;
    if (typeof identifier !== "string" || !identifiers.has(identifier)) return "all";
    failed.add(identifier);
  }
  return failed;
}
