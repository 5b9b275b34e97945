import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListTagsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  TagResourceCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";
import { createFunction, eventually, onWholeNodes } from "../../testing/whole-nodes.ts";
import type { SQSEvent, SQSRecord } from "./fixtures/sqs-event.ts";

/** Notes every event that it gets, then does what `then` says. */
const noting = (then = "") => `
  import { appendFileSync } from "node:fs";
  const note = (what) => appendFileSync(process.env.NOTES, JSON.stringify(what) + "\\n");
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  export const handler = async (event) => { note(event); ${then} };`;

const refusal = (act: Promise<unknown>) =>
  act.then(
    () => expect.fail("It was not refused."),
    (error) => [error.name, error.$metadata.httpStatusCode, error.message],
  );

onWholeNodes((open) => {
  async function opened() {
    const nodes = await open();
    const { region } = nodes;
    const lambda = nodes.client(LambdaClient);
    const sqs = nodes.client(SQSClient);
    const QUEUE = `arn:aws:sqs:${region}:000000000000`;
    const notes = join(await mkdtemp(join(tmpdir(), "stepwell-mapping-")), "notes");
    const env = { Environment: { Variables: { NOTES: notes } } };
    return {
      ...{ lambda, sqs, region, QUEUE },
      FUNCTION: `arn:aws:lambda:${region}:000000000000:function`,
      /** A function that notes its events. */
      fn: (name: string, then?: string, more: object = {}) =>
        createFunction(lambda, name, noting(then), { ...env, ...more }),
      async queue(name: string, Attributes: Record<string, string> = {}): Promise<string> {
        const fifo: Record<string, string> = name.endsWith(".fifo") ? { FifoQueue: "true" } : {};
        const input = { QueueName: name, Attributes: { ...fifo, ...Attributes } };
        return (await sqs.send(new CreateQueueCommand(input))).QueueUrl!;
      },
      map: (FunctionName: string, queue: string, more: object = {}) =>
        lambda.send(
          new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: `${QUEUE}:${queue}`, ...more }),
        ),
      send: (QueueUrl: string, MessageBody: string, more: object = {}) =>
        sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more })),
      /** The events so far. */
      events,
      /** The bodies so far. */
      bodies: async () => (await events()).flatMap(({ Records }) => Records.map(({ body }) => body)),
      counts,
      /** Waits until nothing is left of a queue. */
      emptied: (queueUrl: string) =>
        eventually(async () => (await counts(queueUrl)).join() === "0,0" || undefined),
      /** Lets a message be seen as if its visibility timeout had passed. */
      show: (QueueUrl: string, { receiptHandle }: SQSRecord) =>
        sqs.send(
          new ChangeMessageVisibilityCommand({
            QueueUrl,
            ReceiptHandle: receiptHandle,
            VisibilityTimeout: 0,
          }),
        ),
    };
    /** How many messages may be received, and how many are hidden. */
    async function counts(QueueUrl: string): Promise<(string | undefined)[]> {
      const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
      const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] });
      const { Attributes } = await sqs.send(command);
      return names.map((name) => Attributes![name]);
    }
    async function events(): Promise<SQSEvent[]> {
      const text = await readFile(notes, "utf8").catch(() => "");
      return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line));
    }
  }

  describe("an event source mapping", () => {
    test("is made, shown, changed, listed and deleted as on AWS", async () => {
      const { lambda, fn, queue, map, FUNCTION, QUEUE, region } = await opened();
      await fn("work");
      await fn("other");
      await queue("jobs", { VisibilityTimeout: "600" });
      await queue("more", { VisibilityTimeout: "600" });
      const { $metadata, ...made } = await map("work", "jobs", { Tags: { team: "a" } });
      expect($metadata.httpStatusCode).toBe(202);
      const UUID = made.UUID!;
      const shown = {
        UUID,
        BatchSize: 10,
        MaximumBatchingWindowInSeconds: 0,
        EventSourceArn: `${QUEUE}:jobs`,
        FunctionArn: `${FUNCTION}:work`,
        FunctionResponseTypes: [],
        LastModified: made.LastModified,
        StateTransitionReason: "USER_INITIATED",
        EventSourceMappingArn: `arn:aws:lambda:${region}:000000000000:event-source-mapping:${UUID}`,
      };
      expect(made).toEqual({ ...shown, State: "Creating" });
      const get = async () => {
        const { $metadata: _, ...mapping } = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
        return mapping;
      };
      expect(await get()).toEqual({ ...shown, State: "Enabled" });
      const update = async (more: object) => {
        const answer = await lambda.send(new UpdateEventSourceMappingCommand({ UUID, ...more }));
        expect(answer.$metadata.httpStatusCode).toBe(202);
        return answer.State;
      };
      const FilterCriteria = { Filters: [{ Pattern: '{"body":["a"]}' }] };
      const ScalingConfig = { MaximumConcurrency: 2 };
      expect(await update({ BatchSize: 1, FilterCriteria, ScalingConfig })).toBe("Updating");
      expect(await get()).toMatchObject({ BatchSize: 1, FilterCriteria, ScalingConfig, State: "Enabled" });
      expect(await update({ FilterCriteria: {}, ScalingConfig: {}, FunctionName: "other" })).toBe("Updating");
      const changed = await get();
      expect(changed).toMatchObject({ FunctionArn: `${FUNCTION}:other`, BatchSize: 1 });
      for (const gone of ["FilterCriteria", "ScalingConfig"]) expect(changed).not.toHaveProperty(gone);
      expect(await update({ Enabled: false })).toBe("Disabling");
      expect((await get()).State).toBe("Disabled");
      expect(await update({ Enabled: true })).toBe("Enabling");
      expect((await map("work", "more", { Enabled: false })).State).toBe("Disabled");
      const Resource = shown.EventSourceMappingArn;
      await lambda.send(new TagResourceCommand({ Resource, Tags: { stage: "b" } }));
      expect((await lambda.send(new ListTagsCommand({ Resource }))).Tags).toEqual({ team: "a", stage: "b" });
      const list = async (input: object) =>
        (await lambda.send(new ListEventSourceMappingsCommand(input))).EventSourceMappings!.map(
          ({ FunctionArn, EventSourceArn }) => [
            FunctionArn!.split(":").at(-1),
            EventSourceArn!.split(":").at(-1),
          ],
        );
      expect((await list({})).sort()).toEqual([
        ["other", "jobs"],
        ["work", "more"],
      ]);
      expect(await list({ FunctionName: "work" })).toEqual([["work", "more"]]);
      expect(await list({ EventSourceArn: `${QUEUE}:jobs` })).toEqual([["other", "jobs"]]);
      const first = await lambda.send(new ListEventSourceMappingsCommand({ MaxItems: 1 }));
      const second = await list({ MaxItems: 1, Marker: first.NextMarker });
      expect([...first.EventSourceMappings!, ...second]).toHaveLength(2);
      const gone = await lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
      expect([gone.$metadata.httpStatusCode, gone.State]).toEqual([202, "Deleting"]);
      expect(await refusal(get())).toEqual([
        "ResourceNotFoundException",
        404,
        "The resource you requested does not exist.",
      ]);
    });

    test("is refused in AWS's words, and nothing changes", async () => {
      const { lambda, fn, queue, map, QUEUE } = await opened();
      await fn("work");
      await fn("slow", "", { Timeout: 120 });
      await fn("flow", "", { DurableConfig: { ExecutionTimeout: 901 } });
      await queue("jobs", { VisibilityTimeout: "30" });
      await queue("jobs.fifo", { VisibilityTimeout: "30" });
      const invalid = (message: string) => ["InvalidParameterValueException", 400, message];
      const refused = (more: object, queueName = "jobs", name = "work") =>
        refusal(map(name, queueName, more));
      expect(await refused({}, "jobs", "none")).toEqual(invalid("Function does not exist"));
      expect(await refused({ EventSourceArn: undefined })).toEqual(invalid("Unrecognized event source."));
      expect(await refused({}, "none")).toEqual(
        invalid(
          "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist or you do not have access to it.",
        ),
      );
      const table = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/s";
      expect(await refused({ EventSourceArn: table, StartingPosition: "LATEST" })).toEqual([
        "NotSupportedException",
        501,
        `Stepwell does not support event source mappings of dynamodb (${table}). Map a queue of SQS.`,
      ]);
      const large =
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10";
      expect(await refused({ BatchSize: 11 })).toEqual(invalid(large));
      expect(await refused({ MaximumBatchingWindowInSeconds: 1 }, "jobs.fifo")).toEqual(
        invalid("Batching window is not supported for FIFO queues"),
      );
      expect((await refused({ BatchSize: 11 }, "jobs.fifo"))[0]).toBe("InvalidParameterValueException");
      expect(await refused({ StartingPosition: "LATEST" })).toEqual(
        invalid("StartingPosition is not valid for SQS event sources."),
      );
      expect(await refused({ MaximumRetryAttempts: 1 })).toEqual(
        invalid("MaximumRetryAttempts isn't supported for this event source type"),
      );
      const Pattern = '{"body":"no list"}';
      expect(await refused({ FilterCriteria: { Filters: [{ Pattern }] } })).toEqual(
        invalid("Invalid filter pattern definition."),
      );
      expect((await refused({ ScalingConfig: { MaximumConcurrency: 1 } }))[0]).toBe("ValidationException");
      expect(await refused({}, "jobs", "slow")).toEqual(
        invalid("Queue visibility timeout: 30 seconds is less than Function timeout: 120 seconds"),
      );
      expect(await refused({}, "jobs", "flow")).toEqual(
        invalid(
          "You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes.",
        ),
      );
      expect((await lambda.send(new ListEventSourceMappingsCommand({}))).EventSourceMappings).toEqual([]);
      const { UUID } = await map("work", "jobs");
      expect(await refused({})).toEqual([
        "ResourceConflictException",
        409,
        `An event source mapping with SQS arn (" ${QUEUE}:jobs ") and function (" work ") already exists. Please update or delete the existing mapping with UUID ${UUID}`,
      ]);
      expect(
        await refusal(lambda.send(new UpdateEventSourceMappingCommand({ UUID, BatchSize: 11 }))),
      ).toEqual(invalid(large));
    });
  });

  describe("a message", () => {
    test("reaches its function in AWS's form, and is gone when that has returned", async () => {
      const { fn, queue, map, send, events, emptied, QUEUE, region } = await opened();
      await fn("work");
      const url = await queue("jobs", { VisibilityTimeout: "600" });
      await map("work", "jobs");
      const { MessageId } = await send(url, "hello", {
        MessageAttributes: {
          colour: { DataType: "String", StringValue: "red" },
          bytes: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255]) },
        },
      });
      const [event] = await eventually(async () => {
        const all = await events();
        return all.length > 0 ? all : undefined;
      });
      const [record] = event!.Records as [SQSRecord];
      expect(event).toEqual({
        Records: [
          {
            messageId: MessageId,
            receiptHandle: expect.any(String),
            body: "hello",
            attributes: {
              ApproximateReceiveCount: "1",
              SentTimestamp: expect.stringMatching(/^\d{13}$/),
              SenderId: expect.any(String),
              ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
            },
            messageAttributes: {
              colour: { stringValue: "red", stringListValues: [], binaryListValues: [], dataType: "String" },
              bytes: { binaryValue: "AP8=", stringListValues: [], binaryListValues: [], dataType: "Binary" },
            },
            md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
            md5OfBody: "5d41402abc4b2a76b9719d911017c592",
            eventSource: "aws:sqs",
            eventSourceARN: `${QUEUE}:jobs`,
            awsRegion: region,
          },
        ],
      });
      expect(record).not.toHaveProperty("bytes");
      await emptied(url);
    });

    test("that fails stays hidden and comes back, and those beside it are gone", async () => {
      const { fn, queue, map, sqs, events, bodies, counts, show, emptied } = await opened();
      await fn(
        "work",
        `const { Records } = event;
         const failed = Records.filter(({ body, attributes }) => body === "bad" && attributes.ApproximateReceiveCount === "1");
         return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };`,
      );
      const QueueUrl = await queue("jobs", { VisibilityTimeout: "600" });
      const Entries = ["good", "bad", "fine"].map((MessageBody) => ({ Id: MessageBody, MessageBody }));
      await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      await map("work", "jobs", { FunctionResponseTypes: ["ReportBatchItemFailures"] });
      await eventually(async () => (await counts(QueueUrl)).join() === "0,1" || undefined);
      const records = (await events()).flatMap(({ Records }) => Records);
      await show(QueueUrl, records.find(({ body }) => body === "bad")!);
      await emptied(QueueUrl);
      expect((await bodies()).sort()).toEqual(["bad", "bad", "fine", "good"]);
    });

    test("that its function never takes ends in the dead-letter queue", async () => {
      const { fn, queue, map, send, sqs, events, bodies, show, QUEUE } = await opened();
      await fn("work", 'throw new Error("no");');
      const dead = await queue("dead");
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: `${QUEUE}:dead`, maxReceiveCount: "2" });
      const url = await queue("jobs", { VisibilityTimeout: "600", RedrivePolicy });
      await map("work", "jobs");
      await send(url, "poison");
      for (let times = 1; times <= 2; times++) {
        const record = await eventually(async () => (await events())[times - 1]?.Records[0]);
        await show(url, record);
      }
      const found = await eventually(async () => {
        const command = new ReceiveMessageCommand({ QueueUrl: dead, WaitTimeSeconds: 1 });
        return (await sqs.send(command)).Messages?.[0];
      });
      expect(found.Body).toBe("poison");
      expect(await bodies()).toEqual(["poison", "poison"]);
    });

    test("that no filter matches is removed, and no function is called for it", async () => {
      const { fn, queue, map, send, bodies, emptied } = await opened();
      await fn("work");
      const url = await queue("jobs", { VisibilityTimeout: "600" });
      const FilterCriteria = { Filters: [{ Pattern: '{"body":{"kind":["order"]}}' }] };
      await map("work", "jobs", { FilterCriteria });
      for (const body of ['{"kind":"offer"}', "no JSON", '{"kind":"order"}']) await send(url, body);
      await emptied(url);
      expect(await bodies()).toEqual(['{"kind":"order"}']);
    });

    test("shares its event with up to as many others as the batch size says, within the window", async () => {
      const { fn, queue, map, sqs, events, emptied } = await opened();
      await fn("work");
      const QueueUrl = await queue("jobs", { VisibilityTimeout: "600" });
      for (let batch = 0; batch < 5; batch++) {
        const Entries = Array.from({ length: 10 }, (_, i) => ({
          Id: `${i}`,
          MessageBody: `${batch * 10 + i}`,
        }));
        await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      }
      // What is left over for one of two nodes waits for the end of the window.
      await map("work", "jobs", { BatchSize: 25, MaximumBatchingWindowInSeconds: 5 });
      await emptied(QueueUrl);
      const sizes = (await events()).map(({ Records }) => Records.length);
      expect(sizes.reduce((sum, size) => sum + size)).toBe(50);
      expect(Math.max(...sizes)).toBeGreaterThan(10);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(25);
    });

    test("of a group never overtakes the one before it", async () => {
      const { fn, queue, map, send, bodies, emptied } = await opened();
      await fn("work", "await sleep(5);");
      const url = await queue("jobs.fifo", { VisibilityTimeout: "600" });
      await map("work", "jobs.fifo", { BatchSize: 2 });
      for (let i = 0; i < 10; i++) {
        for (const MessageGroupId of ["a", "b"]) {
          const MessageDeduplicationId = `${MessageGroupId}${i}`;
          await send(url, MessageDeduplicationId, { MessageGroupId, MessageDeduplicationId });
        }
      }
      await emptied(url);
      const all = await bodies();
      for (const group of ["a", "b"]) {
        expect(all.filter((body) => body.startsWith(group))).toEqual(
          Array.from({ length: 10 }, (_, i) => `${group}${i}`),
        );
      }
    });

    test("stays in its queue while the mapping is disabled", async () => {
      const { lambda, fn, queue, map, send, bodies, emptied } = await opened();
      await fn("work");
      const url = await queue("jobs", { VisibilityTimeout: "600" });
      const { UUID } = await map("work", "jobs", { Enabled: false });
      await send(url, "one");
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
      await emptied(url);
      await lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
      await send(url, "two");
      const again = await map("work", "jobs");
      await emptied(url);
      expect(await bodies()).toEqual(["one", "two"]);
      expect(again.UUID).not.toBe(UUID);
    });

    test("waits while its function has no concurrency left", async () => {
      const { lambda, fn, queue, map, send, bodies, emptied } = await opened();
      await fn("work");
      const off = { FunctionName: "work", ReservedConcurrentExecutions: 0 };
      await lambda.send(new PutFunctionConcurrencyCommand(off));
      const url = await queue("jobs", { VisibilityTimeout: "600" });
      await map("work", "jobs");
      await send(url, "one");
      await lambda.send(new PutFunctionConcurrencyCommand({ ...off, ReservedConcurrentExecutions: 1 }));
      await emptied(url);
      expect(await bodies()).toEqual(["one"]);
    });

    test("takes its turn where its function has little concurrency", async () => {
      const { lambda, fn, queue, map, send, bodies, emptied, QUEUE } = await opened();
      await fn("work", "await sleep(5);");
      await queue("dead");
      const reserved = { FunctionName: "work", ReservedConcurrentExecutions: 1 };
      await lambda.send(new PutFunctionConcurrencyCommand(reserved));
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: `${QUEUE}:dead`, maxReceiveCount: "1" });
      const url = await queue("jobs", { VisibilityTimeout: "600", RedrivePolicy });
      await map("work", "jobs", { BatchSize: 1 });
      const all = Array.from({ length: 20 }, (_, i) => `${i}`);
      await Promise.all(all.map((body) => send(url, body)));
      await emptied(url);
      expect((await bodies()).sort()).toEqual(all.sort());
    });

    test("that its function was never handed counts as never received, and ends in no dead-letter queue", async () => {
      const { lambda, fn, queue, map, send, events, counts, emptied, QUEUE } = await opened();
      await fn("work");
      const off = { FunctionName: "work", ReservedConcurrentExecutions: 0 };
      await lambda.send(new PutFunctionConcurrencyCommand(off));
      const dead = await queue("dead");
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: `${QUEUE}:dead`, maxReceiveCount: "1" });
      const url = await queue("jobs", { VisibilityTimeout: "600", RedrivePolicy });
      const { UUID } = await map("work", "jobs");
      await send(url, "one");
      await eventually(async () => (await counts(url)).join() === "0,1" || undefined);
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
      await eventually(async () => (await counts(url)).join() === "1,0" || undefined);
      await lambda.send(new PutFunctionConcurrencyCommand({ ...off, ReservedConcurrentExecutions: 1 }));
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
      await emptied(url);
      const [event] = await events();
      expect(
        event!.Records.map(({ body, attributes }) => [body, attributes.ApproximateReceiveCount]),
      ).toEqual([["one", "1"]]);
      expect(await counts(dead)).toEqual(["0", "0"]);
    });

    test("waits for its turn for longer than its visibility timeout, and is tried before it is given up", async () => {
      const { lambda, fn, queue, map, send, bodies, counts, emptied, QUEUE } = await opened();
      await fn("work", "await sleep(2000);", { Timeout: 5 });
      const dead = await queue("dead");
      const reserved = { FunctionName: "work", ReservedConcurrentExecutions: 1 };
      await lambda.send(new PutFunctionConcurrencyCommand(reserved));
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: `${QUEUE}:dead`, maxReceiveCount: "1" });
      const url = await queue("jobs", { VisibilityTimeout: "5", RedrivePolicy });
      await map("work", "jobs", { BatchSize: 1 });
      const all = ["1", "2", "3", "4"];
      await Promise.all(all.map((body) => send(url, body)));
      await emptied(url);
      expect((await bodies()).sort()).toEqual(all);
      expect(await counts(dead)).toEqual(["0", "0"]);
    });

    test("whose function is switched off has been received when its timeout is over, as on AWS", async () => {
      const { lambda, fn, queue, map, send, bodies, counts, QUEUE } = await opened();
      await fn("work", "", { Timeout: 1 });
      const off = { FunctionName: "work", ReservedConcurrentExecutions: 0 };
      await lambda.send(new PutFunctionConcurrencyCommand(off));
      const dead = await queue("dead");
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: `${QUEUE}:dead`, maxReceiveCount: "1" });
      const url = await queue("jobs", { VisibilityTimeout: "1", RedrivePolicy });
      await map("work", "jobs");
      await send(url, "one");
      await eventually(async () => (await counts(dead)).join() === "1,0" || undefined);
      expect(await bodies()).toEqual([]);
    });

    test("that is gathered for longer than its visibility timeout reaches its function once", async () => {
      const { fn, queue, map, send, events, counts, emptied, QUEUE } = await opened();
      await fn("work", "", { Timeout: 3 });
      const dead = await queue("dead");
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: `${QUEUE}:dead`, maxReceiveCount: "1" });
      const url = await queue("jobs", { VisibilityTimeout: "3", RedrivePolicy });
      await map("work", "jobs", { BatchSize: 100, MaximumBatchingWindowInSeconds: 4 });
      await send(url, "early");
      await emptied(url);
      const records = (await events()).flatMap(({ Records }) => Records);
      expect(records.map(({ body, attributes }) => [body, attributes.ApproximateReceiveCount])).toEqual([
        ["early", "1"],
      ]);
      expect(await counts(dead)).toEqual(["0", "0"]);
    });

    test("may start an execution of a durable function, whose end it waits for", async () => {
      const { lambda, queue, map, send, emptied } = await opened();
      const code = `
        export const handler = async (event) => {
          const { InputPayload } = event.InitialExecutionState.Operations[0].ExecutionDetails;
          if (JSON.parse(InputPayload).Records[0].body !== "order") throw new Error("no");
          return { Status: "SUCCEEDED", Result: "null" };
        };`;
      await createFunction(lambda, "flow", code, { DurableConfig: { ExecutionTimeout: 60 } });
      await lambda.send(new PublishVersionCommand({ FunctionName: "flow" }));
      const url = await queue("jobs", { VisibilityTimeout: "600" });
      await map("flow:1", "jobs");
      await send(url, "order");
      await emptied(url);
    });
  });

  test("no more batches run at a time than the maximum concurrency of their mapping", async () => {
    const { fn, queue, map, send, events, emptied } = await opened();
    await fn(
      "work",
      "note({ Records: [{ body: 'begun' }] }); await sleep(30); note({ Records: [{ body: 'ended' }] });",
    );
    const url = await queue("jobs", { VisibilityTimeout: "600" });
    await Promise.all(Array.from({ length: 12 }, (_, i) => send(url, `${i}`)));
    await map("work", "jobs", { BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } });
    await emptied(url);
    let running = 0;
    let most = 0;
    for (const { Records } of await events()) {
      if (Records[0]!.body === "begun") running++;
      if (Records[0]!.body === "ended") running--;
      most = Math.max(most, running);
    }
    expect([running, most <= 2]).toEqual([0, true]);
  });
});
