import { arnParts } from "../arn.ts";
import { jsonDocument } from "../client/json.ts";
import { EXIT } from "../exit.ts";
import type { Session } from "../session.ts";
import { resolveExecution } from "./resolve.ts";

export interface StopOptions {
  readonly errorType?: string;
  readonly errorMessage?: string;
}

/** `stepwell executions stop`: https://docs.aws.amazon.com/lambda/latest/api/API_StopDurableExecution.html. */
export async function stopExecution(session: Session, id: string, options: StopOptions): Promise<number> {
  const { client } = session;
  const DurableExecutionArn = await resolveExecution(client, id);
  const { Status } = await client.call("lambda.GetDurableExecution", { DurableExecutionArn });
  const error = {
    ...(options.errorType === undefined ? {} : { ErrorType: options.errorType }),
    ...(options.errorMessage === undefined ? {} : { ErrorMessage: options.errorMessage }),
  };
  const stopped = await client.call("lambda.StopDurableExecution", {
    DurableExecutionArn,
    ...(Object.keys(error).length === 0 ? {} : { Error: error }),
  });
  if (session.json) session.print(jsonDocument("lambda.StopDurableExecution", stopped));
  const { name } = arnParts(DurableExecutionArn)!;
  session.say(
    Status === "RUNNING"
      ? `${name} is stopped. Code of its handler that runs is not interrupted; what it does counts for nothing.`
      : `${name} had ended before: ${Status}. Nothing has changed.`,
  );
  session.suggest(`executions show ${name}`);
  return EXIT.ok;
}
