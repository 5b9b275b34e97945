import { arnParts } from "../arn.ts";
import type { Client } from "../client/client.ts";
import type { Execution } from "../client/types.ts";
import { CliError, EXIT, notFound, usageError } from "../exit.ts";
import { executionsBeginning, findExecutions } from "./find.ts";

/** As many as an error lists when a name is not enough. */
const MOST_SHOWN = 5;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * The ARN of the execution that a person means by an ARN, a name, the beginning of a name, or `@last`. Throws CliError
 * when there is none (3) or more than one (2).
 */
export async function resolveExecution(client: Client, id: string): Promise<string> {
  if (arnParts(id)) return id;
  if (id === "@last") {
    const [newest] = await findExecutions(client, {}, 1);
    if (newest) return newest.DurableExecutionArn;
    throw notFound(
      `There are no executions in ${client.endpoint.region}.`,
      "Start one with `stepwell invoke`.",
    );
  }
  if (!NAME.test(id)) {
    throw usageError(
      `'${id}' is neither the ARN nor the name of an execution.`,
      id.includes(":/durable-execution/")
        ? "Put the ARN in single quotes: the shell took the $LATEST in it for a variable."
        : "`stepwell executions list` shows them; @last is the newest.",
    );
  }
  const exact = await findExecutions(client, { name: id }, MOST_SHOWN + 1);
  const found = exact.length > 0 ? exact : await executionsBeginning(client, id, MOST_SHOWN + 1);
  if (found.length === 1) return found[0]!.DurableExecutionArn;
  if (found.length > 1) throw ambiguous(id, found);
  throw notFound(
    `No execution in ${client.endpoint.region} is named '${id}', nor does a name begin so.`,
    "`stepwell executions list` shows them; @last is the newest.",
  );
}

function ambiguous(id: string, found: readonly Execution[]): CliError {
  const shown = found.slice(0, MOST_SHOWN).map(({ DurableExecutionArn }) => `  '${DurableExecutionArn}'`);
  const more = found.length > MOST_SHOWN ? ["  … and more"] : [];
  return new CliError(
    "Ambiguous",
    `'${id}' could be several executions:\n${[...shown, ...more].join("\n")}`,
    {
      exitCode: EXIT.usage,
      hint: "Give the ARN, or more of the name.",
    },
  );
}
