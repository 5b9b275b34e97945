import * as events from "@aws-sdk/client-eventbridge";
import * as scheduler from "@aws-sdk/client-scheduler";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import * as sns from "@aws-sdk/client-sns";
import * as sqs from "@aws-sdk/client-sqs";
import * as ssm from "@aws-sdk/client-ssm";
import * as sts from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serviceSchema } from "../kernel/schema/services.ts";
import type { OperationSchema } from "../kernel/schema/shape.ts";
import { senderOf, testDeclaredErrors } from "./fixtures/client-tests.ts";
import { fromClient, sampleOf } from "./fixtures/samples.ts";
import { clientOptions, listenRecording } from "./fixtures/served.ts";

/** AWS's own clients, unmodified, of rest-json, aws-json and Query: every operation, every member, every error. */
type Options = ReturnType<typeof clientOptions>;
const CLIENTS = {
  events: [events, (options: Options) => new events.EventBridgeClient(options)],
  scheduler: [scheduler, (options: Options) => new scheduler.SchedulerClient(options)],
  secretsmanager: [secretsmanager, (options: Options) => new secretsmanager.SecretsManagerClient(options)],
  sns: [sns, (options: Options) => new sns.SNSClient(options)],
  // Answers made up here have checksums that are made up too.
  sqs: [sqs, (options: Options) => new sqs.SQSClient({ ...options, md5: false })],
  ssm: [ssm, (options: Options) => new ssm.SSMClient(options)],
  sts: [sts, (options: Options) => new sts.STSClient(options)],
} as const;

/** A global endpoint is spoken to with Signature Version 4A, which this client has no code for. */
function inputOf({ fullName, input }: OperationSchema): unknown {
  const { EndpointId, ...others } = sampleOf(input) as Record<string, unknown>;
  return fullName === "events.PutEvents" ? others : { ...others, ...(EndpointId ? { EndpointId } : {}) };
}

/** The region stands in the signature; those who ask for credentials have nothing to sign with. */
function regionOf({ name }: OperationSchema): string {
  return name === "AssumeRoleWithSAML" || name === "AssumeRoleWithWebIdentity" ? "us-east-1" : "eu-west-1";
}

let served: Awaited<ReturnType<typeof listenRecording>>;
beforeAll(async () => {
  served = await listenRecording();
});
afterAll(() => served.listener.close());

describe.each(Object.entries(CLIENTS))("%s", (service, [module, open]) => {
  const schema = serviceSchema(service);
  let client: { send(command: never): Promise<unknown>; destroy(): void };
  beforeAll(() => {
    client = open(clientOptions(served.listener)) as typeof client;
  });
  afterAll(() => client.destroy());
  const send = senderOf(module, () => client);

  test.for([...schema.operations.values()].map((operation) => [operation.name, operation] as const))(
    "%s: what is sent arrives, and what is returned too",
    async ([, operation]) => {
      const input = inputOf(operation);
      const output = sampleOf(operation.output);
      served.calls.length = 0;
      served.reply = () => output;

      const result = await send(operation, input);

      expect(served.calls).toMatchObject([
        { operation: operation.fullName, input, context: { region: regionOf(operation) } },
      ]);
      expect(fromClient(operation.output, result)).toEqual(output);
    },
  );

  describe("each declared error reaches the caller as its class", () => {
    testDeclaredErrors(schema, module, send, () => served, inputOf);
  });
});
