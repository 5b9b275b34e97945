/** Splits the optional leading name off the arguments of a durable method. */
// biome-ignore lint/suspicious/noExplicitAny: DurableContext states the types.
export function splitName(args: any[]): [name: string | undefined, rest: any[]] {
  return args[0] === undefined || typeof args[0] === "string" ? [args[0], args.slice(1)] : [undefined, args];
}
