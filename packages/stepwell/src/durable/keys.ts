/** The keys and names of executions and what belongs to them. */

/** `ACCOUNT/REGION/UUID`. */
export function executionKey(account: string, region: string, id: string): string {
  return `${account}/${region}/${id}`;
}

/** The key of the execution's work item. */
export function workKey(execution: string): string {
  const id = execution.lastIndexOf("/");
  return `${execution.slice(0, id)}/execution${execution.slice(id)}`;
}

/** The execution that a work item is for. */
export function executionOfWork(key: string): string {
  return key.replace("/execution/", "/");
}

export interface ExecutionArn {
  readonly account: string;
  readonly region: string;
  readonly functionName: string;
  readonly version: string;
  readonly name: string;
  readonly id: string;
}

/** The shape that SDKs parse: the function's qualified ARN, the execution's name and its id. */
export function formatArn({ account, region, functionName, version, name, id }: ExecutionArn): string {
  return `arn:aws:lambda:${region}:${account}:function:${functionName}:${version}/durable-execution/${name}/${id}`;
}

const ARN =
  /^arn:[^:]+:lambda:([^:]+):(\d{12}):function:([^:]+):([^/]+)\/durable-execution\/([^/]+)\/([^/]+)$/;

/** Takes an ARN apart; undefined for what is none. */
export function parseArn(arn: string): ExecutionArn | undefined {
  const match = ARN.exec(arn);
  if (!match) return undefined;
  const [, region, account, functionName, version, name, id] = match as unknown as string[];
  return {
    account: account!,
    region: region!,
    functionName: functionName!,
    version: version!,
    name: name!,
    id: id!,
  };
}

/** The execution that an ARN names, or undefined. */
export function keyOfArn(arn: string): string | undefined {
  const parts = parseArn(arn);
  return parts && executionKey(parts.account, parts.region, parts.id);
}

/** A callback id tells which operation of which execution it completes; the secret makes it unguessable. */
export function encodeCallbackId(execution: string, operationId: string, secret: string): string {
  return Buffer.from(`${execution}:${operationId}:${secret}`).toString("base64");
}

/** What a callback id stands for, or undefined when it is none of ours. */
export function decodeCallbackId(callbackId: string): { execution: string; operationId: string } | undefined {
  const match = /^(\d{12}\/[a-z0-9-]+\/[0-9a-f-]{36}):([\w-]{1,64}):[0-9a-f-]{36}$/.exec(
    Buffer.from(callbackId, "base64").toString("latin1"),
  );
  return match ? { execution: match[1]!, operationId: match[2]! } : undefined;
}
