let isVerbose = process.env.DURABLE_VERBOSE_MODE === "true";

/** Reads DURABLE_VERBOSE_MODE again; otherwise it is read once, when the SDK is loaded. */
export function refreshLogConfig(): void {
  isVerbose = process.env.DURABLE_VERBOSE_MODE === "true";
}

/** Writes what the SDK does to the console, when DURABLE_VERBOSE_MODE is "true". */
export function verbose(message: string, details: () => unknown = () => ""): void {
  if (isVerbose) console.debug(`[durable] ${message}`, details());
}
