const PROVIDED = /^(@aws-sdk\/|@smithy\/|@aws\/durable-execution-sdk-js(\/|$)|@stepwell\/durable(\/|$))/;

/** Whether a package is one that AWS's Node.js runtimes, or Stepwell in their place, bring along. */
export function isProvided(specifier: string): boolean {
  return PROVIDED.test(specifier);
}
