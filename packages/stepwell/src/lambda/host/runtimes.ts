/** What runs a function's code: Node.js here, the machine's Python, or a program that the function brings along. */
export type RuntimeKind = "node" | "python" | "provided";

const KINDS: readonly (readonly [RegExp, RuntimeKind])[] = [
  [/^nodejs/, "node"],
  [/^python3\.(9|1\d)$/, "python"],
  [/^provided(\.|$)/, "provided"],
];

/**
 * The kind of one of AWS's runtimes (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html); undefined for
 * those that Stepwell does not run.
 */
export function runtimeKind(runtime: string): RuntimeKind | undefined {
  return KINDS.find(([pattern]) => pattern.test(runtime))?.[1];
}
