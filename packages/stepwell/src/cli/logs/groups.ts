import type { Client } from "../client/client.ts";
import { listFunctions } from "../client/functions.ts";
import type { FunctionConfiguration } from "../client/types.ts";

/** A log group, and what its lines are called by. */
export interface LogSource {
  readonly group: string;
  /** A function's name, or else the group's. */
  readonly label: string;
}

/**
 * The groups that a person means: those of all functions, that of one function by its name or ARN, or one by its own
 * name, which begins with a slash. Throws CliError (3) for a function that does not exist.
 */
export async function logSources(client: Client, name: string | undefined): Promise<LogSource[]> {
  if (name === undefined) return (await listFunctions(client)).map(sourceOf);
  if (name.startsWith("/")) return [{ group: name, label: name }];
  return [sourceOf(await client.call("lambda.GetFunctionConfiguration", { FunctionName: name }))];
}

function sourceOf({ FunctionName, LoggingConfig }: FunctionConfiguration): LogSource {
  return { group: LoggingConfig?.LogGroup ?? `/aws/lambda/${FunctionName}`, label: FunctionName };
}
