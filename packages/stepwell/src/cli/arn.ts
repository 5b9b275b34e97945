export interface ExecutionArnParts {
  readonly region: string;
  readonly functionName: string;
  readonly version: string;
  readonly name: string;
}

const EXECUTION_ARN =
  /^arn:[\w-]+:lambda:([\w-]+):\d{12}:function:([\w-]+):([\w$.]+)\/durable-execution\/([\w-]+)\/[\w-]+$/;

/** What the ARN of a durable execution names, or undefined when it is none. */
export function arnParts(arn: string): ExecutionArnParts | undefined {
  const match = EXECUTION_ARN.exec(arn);
  if (!match) return undefined;
  return { region: match[1]!, functionName: match[2]!, version: match[3]!, name: match[4]! };
}

/** `approval` of `arn:aws:lambda:us-east-1:000000000000:function:approval:$LATEST`. */
export function functionNameOf(functionArn: string): string {
  return functionArn.split(":")[6] ?? functionArn;
}
