/** The Lambda context of a Node handler, as Lambda (and @types/aws-lambda) shape it. */
export interface LambdaContext {
  callbackWaitsForEmptyEventLoop: boolean;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  awsRequestId: string;
  logGroupName: string;
  logStreamName: string;
  // biome-ignore lint/suspicious/noExplicitAny: opaque to this package, as in @types/aws-lambda.
  identity?: any;
  // biome-ignore lint/suspicious/noExplicitAny: opaque to this package, as in @types/aws-lambda.
  clientContext?: any;
  tenantId?: string | undefined;
  getRemainingTimeInMillis(): number;
  // biome-ignore lint/suspicious/noExplicitAny: kept for assignability only; promises took their place.
  done(error?: Error, result?: any): void;
  fail(error: Error | string): void;
  // biome-ignore lint/suspicious/noExplicitAny: kept for assignability only; promises took their place.
  succeed(messageOrObject: any, object?: any): void;
}
