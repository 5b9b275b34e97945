import { arnParts } from "../arn.ts";
import { jsonDocument } from "../client/json.ts";
import type { Calls, InvocationResponse } from "../client/types.ts";
import { CliError, EXIT, usageError } from "../exit.ts";
import type { Session } from "../session.ts";
import { styleOf } from "../style.ts";
import { failureText } from "./failure.ts";
import { type PayloadOptions, payloadOf } from "./payload.ts";

export interface InvokeOptions extends PayloadOptions {
  readonly async?: boolean;
  readonly name?: string;
  readonly qualifier?: string;
  readonly log?: boolean;
}

/** A name or ARN that says nothing of a version. */
const UNQUALIFIED = /^([\w-]+|.*:function:[\w-]+)$/;

/**
 * `stepwell invoke`: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html. AWS refuses to call
 * a durable function without a version, and who types a name means the newest code: `$LATEST` unless they say otherwise.
 */
export async function invoke(
  session: Session,
  functionName: string,
  options: InvokeOptions,
): Promise<number> {
  if (functionName === "") throw usageError("The function's name is empty.");
  const payload = await payloadOf(options, session.terminal);
  const qualifier = options.qualifier ?? (UNQUALIFIED.test(functionName) ? "$LATEST" : undefined);
  const response = await call(session, {
    FunctionName: functionName,
    InvocationType: options.async ? "Event" : "RequestResponse",
    ...(options.log ? { LogType: "Tail" } : {}),
    ...(qualifier === undefined ? {} : { Qualifier: qualifier }),
    ...(options.name === undefined ? {} : { DurableExecutionName: options.name }),
    ...(payload === undefined ? {} : { Payload: Buffer.from(payload) }),
  });
  if (session.json) session.print(jsonDocument("lambda.Invoke", response));
  else show(session, response, options);
  return response.FunctionError === undefined ? EXIT.ok : EXIT.executionFailed;
}

async function call(
  { client, command }: Session,
  input: Calls["lambda.Invoke"]["input"],
): Promise<InvocationResponse> {
  try {
    return await client.call("lambda.Invoke", input);
  } catch (error) {
    // Lambda's words for it do not say what to do, and everyone meets it with their first durable function.
    const tooLong =
      error instanceof CliError && /synchronously invoke a durable function/.test(error.message);
    if (!tooLong) throw error;
    const { code, message, exitCode } = error;
    const hint = `Start it without waiting: ${command(`invoke ${input.FunctionName} --async`)}`;
    throw new CliError(code, message, { exitCode, hint, cause: error });
  }
}

function show(session: Session, response: InvocationResponse, { async }: InvokeOptions): void {
  if (response.LogResult !== undefined) {
    session.say(Buffer.from(response.LogResult, "base64").toString("utf8").trimEnd());
  }
  const text = Buffer.from(response.Payload ?? []).toString("utf8");
  const arn = response.DurableExecutionArn;
  if (response.FunctionError !== undefined)
    session.say(failureText(text, styleOf(session.terminal.stderr.hasColors)));
  else if (async && arn !== undefined) session.print(`${arn}\n`);
  else if (async)
    session.say("Accepted: the function will be called. Its log and its failures show where Stepwell runs.");
  else if (text !== "") session.print(`${text}\n`);
  if (arn !== undefined) session.suggest(`executions show ${arnParts(arn)?.name ?? arn}`);
}
