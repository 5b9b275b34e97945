import { readFile } from "node:fs/promises";
import { arnParts } from "./arn.ts";
import { jsonDocument } from "./client/json.ts";
import type { InvocationResponse } from "./client/types.ts";
import { CliError, EXIT, notFound, usageError } from "./exit.ts";
import type { Session } from "./session.ts";
import { styleOf } from "./style.ts";
import { errorText } from "./text.ts";

export interface InvokeOptions {
  readonly payload?: string;
  readonly payloadFile?: string;
  readonly async?: boolean;
  readonly name?: string;
  readonly qualifier?: string;
  readonly log?: boolean;
}

/** `stepwell invoke`: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html. */
export async function invoke(
  session: Session,
  functionName: string,
  options: InvokeOptions,
): Promise<number> {
  if (functionName === "") throw usageError("The function's name is empty.");
  const payload = await payloadOf(session, options);
  const response = await session.client.call("Invoke", {
    FunctionName: functionName,
    InvocationType: options.async ? "Event" : "RequestResponse",
    ...(options.log ? { LogType: "Tail" } : {}),
    ...(options.qualifier === undefined ? {} : { Qualifier: options.qualifier }),
    ...(options.name === undefined ? {} : { DurableExecutionName: options.name }),
    ...(payload === undefined ? {} : { Payload: Buffer.from(payload) }),
  });
  if (session.json) session.print(jsonDocument("Invoke", response));
  else show(session, response, options);
  return response.FunctionError === undefined ? EXIT.ok : EXIT.executionFailed;
}

async function payloadOf(session: Session, options: InvokeOptions): Promise<string | undefined> {
  if (options.payload !== undefined) return checked(options.payload, "--payload");
  if (options.payloadFile === undefined) return undefined;
  if (options.payloadFile === "-") return checked(await session.terminal.readStdin(), "stdin");
  return checked(await readPayload(options.payloadFile), options.payloadFile);
}

async function readPayload(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw notFound(`There is no file ${file}.`);
    throw new CliError("UnreadableFile", `${file} cannot be read: ${message}.`, { cause: error });
  }
}

/** Lambda would refuse it too, but not say where it came from. */
function checked(payload: string, source: string): string {
  try {
    JSON.parse(payload);
  } catch (error) {
    const quote = "Strings need double quotes inside, and the whole needs single quotes for the shell.";
    throw usageError(
      `The event in ${source} is not JSON: ${(error as Error).message}.`,
      `${source === "--payload" ? `${quote} ` : ""}Example: stepwell invoke greet --payload '{"name":"Ada"}'`,
    );
  }
  return payload;
}

function show(session: Session, response: InvocationResponse, { async }: InvokeOptions): void {
  if (response.LogResult !== undefined) {
    session.say(Buffer.from(response.LogResult, "base64").toString("utf8").trimEnd());
  }
  const text = Buffer.from(response.Payload ?? []).toString("utf8");
  const arn = response.DurableExecutionArn;
  if (response.FunctionError !== undefined) session.say(failureText(session, text));
  else if (async && arn !== undefined) session.print(`${arn}\n`);
  else if (async)
    session.say("Accepted: the function will be called. Its log and its failures show where Stepwell runs.");
  else if (text !== "") session.print(`${text}\n`);
  if (arn !== undefined) session.suggest(`executions show ${arnParts(arn)?.name ?? arn}`);
}

/** The error that a function's response holds, with its stack. */
function failureText(session: Session, payload: string): string {
  const style = styleOf(session.terminal.stderr.hasColors);
  const error = parsedError(payload);
  if (!error) return `${style.bad("The function failed:")} ${payload}`;
  const summary = errorText({ ErrorType: error.errorType ?? "", ErrorMessage: error.errorMessage ?? "" });
  const stack = (error.trace ?? error.stackTrace ?? []).filter((line) => /^\s*at /.test(line));
  return [`${style.bad("The function failed:")} ${summary}`, ...stack.map((line) => style.faint(line))].join(
    "\n",
  );
}

/** Lambda's Node runtime calls the stack `trace`, a failed durable execution's response `stackTrace`. */
interface FunctionFailure {
  readonly errorType?: string;
  readonly errorMessage?: string;
  readonly trace?: readonly string[];
  readonly stackTrace?: readonly string[];
}

function parsedError(payload: string): FunctionFailure | undefined {
  try {
    const error = JSON.parse(payload) as FunctionFailure | null;
    return error?.errorMessage !== undefined || error?.errorType !== undefined ? error : undefined;
  } catch {
    return undefined;
  }
}
