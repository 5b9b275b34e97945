/** Sets what came out against what is known to fail: `known` is `{ [id]: reason }`. */
export function compare(results, known) {
  const report = { passed: [], known: [], failed: [] };
  for (const [id, { passed, errors }] of Object.entries(results)) {
    const reason = known[id];
    if (passed && reason === undefined) report.passed.push({ id });
    else if (passed) report.failed.push({ id, errors: [`passes, but is listed as failing: ${reason}`] });
    else if (reason !== undefined) report.known.push({ id, reason });
    else report.failed.push({ id, errors });
  }
  return report;
}

/** A line for each failure, one for each known one, and the totals. */
export function printReport(title, { passed, known, failed }) {
  for (const { id, errors } of failed) console.log(`${title}: ${id} failed: ${errors.join("; ")}`);
  for (const { id, reason } of known) console.log(`${title}: ${id} fails as known: ${reason}`);
  console.log(`${title}: ${passed.length} passed, ${known.length} known to fail, ${failed.length} failed`);
}
