import { describe, expect, test } from "vitest";
import { onBothStores } from "../testing/event-nodes.ts";
import { openEvents, refusal } from "./fixtures/event-bus.ts";

const BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default";
const ARCHIVE = "arn:aws:events:us-east-1:000000000000:archive/a";
const RULE = "arn:aws:events:us-east-1:000000000000:rule/none";
const NAME = "[\\.\\-_A-Za-z0-9]+";
const TIMES = { EventStartTime: 0, EventEndTime: 1 };
const REPLAY = { ReplayName: "r", EventSourceArn: ARCHIVE, Destination: { Arn: BUS }, ...TIMES };
const TARGETS = [{ Id: "t", Arn: "arn:aws:sqs:us-east-1:000000000000:q" }];

type Bad = readonly [operation: string, input: object, violation: string];

const isNull = (path: string) =>
  `Value null at '${path}' failed to satisfy constraint: Member must not be null`;
const isNoneOf = (path: string, values: string) =>
  `Value 'ODD' at '${path}' failed to satisfy constraint: Member must satisfy enum value set: [${values}]`;
const isLonger = (path: string, most: number) =>
  `Value '${"x".repeat(most + 1)}' at '${path}' failed to satisfy constraint: ` +
  `Member must have length less than or equal to ${most}`;
const long = (most: number) => "x".repeat(most + 1);

const MISSING: readonly Bad[] = [
  ["CancelReplay", {}, isNull("replayName")],
  ["CreateArchive", { EventSourceArn: BUS }, isNull("archiveName")],
  ["CreateEventBus", {}, isNull("name")],
  ["DeleteArchive", {}, isNull("archiveName")],
  ["DeleteEventBus", {}, isNull("name")],
  ["DeleteRule", {}, isNull("name")],
  ["DescribeArchive", {}, isNull("archiveName")],
  ["DescribeReplay", {}, isNull("replayName")],
  ["DescribeRule", {}, isNull("name")],
  ["DisableRule", {}, isNull("name")],
  ["EnableRule", {}, isNull("name")],
  ["ListRuleNamesByTarget", {}, isNull("targetArn")],
  ["ListTagsForResource", {}, isNull("resourceARN")],
  ["ListTargetsByRule", {}, isNull("rule")],
  ["PutEvents", {}, isNull("entries")],
  ["PutPermission", { Condition: { Type: "t", Key: "k" } }, isNull("condition.value")],
  ["PutRule", {}, isNull("name")],
  ["PutTargets", { Rule: "r", Targets: [{ Id: "t" }] }, isNull("targets.1.member.arn")],
  ["RemoveTargets", { Rule: "r" }, isNull("ids")],
  ["StartReplay", { ...REPLAY, Destination: {} }, isNull("destination.arn")],
  ["TagResource", { ResourceARN: BUS, Tags: [{ Key: "k" }] }, isNull("tags.1.member.value")],
  ["TestEventPattern", { EventPattern: "{}" }, isNull("event")],
  ["UntagResource", { ResourceARN: BUS }, isNull("tagKeys")],
  ["UpdateArchive", {}, isNull("archiveName")],
];

const TOO_LONG: readonly Bad[] = [
  ["CreateArchive", { ArchiveName: long(48), EventSourceArn: BUS }, isLonger("archiveName", 48)],
  ["CreateEventBus", { Name: "b", Description: long(512) }, isLonger("description", 512)],
  ["PutEvents", { Entries: [{ TraceHeader: long(500) }] }, isLonger("entries.1.member.traceHeader", 500)],
  ["PutRule", { Name: long(64), EventPattern: "{}" }, isLonger("name", 64)],
  ["StartReplay", { ...REPLAY, ReplayName: long(64) }, isLonger("replayName", 64)],
  [
    "TagResource",
    { ResourceARN: BUS, Tags: [{ Key: long(128), Value: "" }] },
    isLonger("tags.1.member.key", 128),
  ],
  [
    "PutTargets",
    { Rule: "r", Targets: [{ ...TARGETS[0], SqsParameters: { MessageGroupId: long(100) } }] },
    isLonger("targets.1.member.sqsParameters.messageGroupId", 100),
  ],
];

const UNKNOWN_VALUE: readonly Bad[] = [
  [
    "PutRule",
    { Name: "r", State: "ODD" },
    isNoneOf("state", "ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"),
  ],
  [
    "CreateEventBus",
    { Name: "b", LogConfig: { Level: "ODD" } },
    isNoneOf("logConfig.level", "OFF, ERROR, INFO, TRACE"),
  ],
  [
    "ListArchives",
    { State: "ODD" },
    isNoneOf("state", "ENABLED, DISABLED, CREATING, UPDATING, CREATE_FAILED, UPDATE_FAILED"),
  ],
  [
    "ListReplays",
    { State: "ODD" },
    isNoneOf("state", "STARTING, RUNNING, CANCELLING, COMPLETED, CANCELLED, FAILED"),
  ],
];

const OUT_OF_RANGE: readonly Bad[] = [
  [
    "ListRules",
    { Limit: 101 },
    "Value '101' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100",
  ],
  [
    "ListEventBuses",
    { Limit: 0 },
    "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
  ],
  [
    "PutTargets",
    { Rule: "r", Targets: [{ ...TARGETS[0], RetryPolicy: { MaximumRetryAttempts: 186 } }] },
    "Value '186' at 'targets.1.member.retryPolicy.maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 185",
  ],
  [
    "DescribeRule",
    { Name: "a b" },
    `Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ${NAME}`,
  ],
];

const noBus = "Event bus none does not exist.";
const noRule = "Rule none does not exist on EventBus default.";
const ofBus = { EventBusName: "none" };

const UNKNOWN_RESOURCE: readonly Bad[] = [
  ["CancelReplay", { ReplayName: "none" }, "Replay none does not exist."],
  ["CreateArchive", { ArchiveName: "a", EventSourceArn: BUS.replace("default", "none") }, noBus],
  ["DeleteArchive", { ArchiveName: "none" }, "Archive none does not exist."],
  ["DeleteRule", { Name: "r", ...ofBus }, noBus],
  ["DescribeArchive", { ArchiveName: "none" }, "Archive none does not exist."],
  ["DescribeEventBus", { Name: "none" }, noBus],
  ["DescribeReplay", { ReplayName: "none" }, "Replay none does not exist."],
  ["DescribeRule", { Name: "none" }, noRule],
  ["DisableRule", { Name: "none" }, noRule],
  ["EnableRule", { Name: "none" }, noRule],
  ["ListRuleNamesByTarget", { TargetArn: "arn:aws:sqs:::q", ...ofBus }, noBus],
  ["ListRules", ofBus, noBus],
  ["ListTagsForResource", { ResourceARN: RULE }, noRule],
  ["ListTargetsByRule", { Rule: "none" }, noRule],
  ["PutPermission", { Policy: "{}", ...ofBus }, noBus],
  ["PutRule", { Name: "r", EventPattern: '{"a":[1]}', ...ofBus }, noBus],
  ["PutTargets", { Rule: "none", Targets: TARGETS }, noRule],
  ["RemovePermission", { StatementId: "s", ...ofBus }, noBus],
  ["RemoveTargets", { Rule: "none", Ids: ["t"] }, noRule],
  ["TagResource", { ResourceARN: RULE, Tags: [] }, noRule],
  ["UntagResource", { ResourceARN: RULE, TagKeys: [] }, noRule],
  ["UpdateArchive", { ArchiveName: "none" }, "Archive none does not exist."],
  ["UpdateEventBus", { Name: "none" }, noBus],
];

onBothStores((open) => {
  describe("bad input is refused in AWS's words, and changes nothing", () => {
    test.each([
      ["a member that is missing", MISSING],
      ["a text that is too long", TOO_LONG],
      ["a value that is none of an enum's", UNKNOWN_VALUE],
      ["a value that is out of range or form", OUT_OF_RANGE],
    ])("%s", async (_, cases) => {
      const { nodes } = await openEvents(open);
      for (const [operation, input, violation] of cases) {
        const refused = await refusal(nodes, () => nodes.call(`events.${operation}`, input));
        expect.soft(refused, operation).toBe(`AwsError: 1 validation error detected: ${violation}`);
      }
    });

    test("a resource that is not there", async () => {
      const { nodes } = await openEvents(open);
      await nodes.call("events.ListRules", {});
      for (const [operation, input, message] of UNKNOWN_RESOURCE) {
        const call = () => nodes.call(`events.${operation}`, input);
        expect.soft(await refusal(nodes, call), operation).toBe(`AwsError: ${message}`);
        await expect(call()).rejects.toMatchObject({ code: "ResourceNotFoundException", httpStatus: 400 });
      }
    });

    test("a value of another type", async () => {
      const { nodes } = await openEvents(open);
      const send = async (operation: string, body: object) => {
        const headers = {
          "x-amz-target": `AWSEvents.${operation}`,
          "content-type": "application/x-amz-json-1.1",
          authorization: "AWS4-HMAC-SHA256 Credential=test/20300101/us-east-1/events/aws4_request",
        };
        const url = nodes.nodes[0]!.url;
        const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
        return [response.status, ((await response.json()) as { __type: string }).__type];
      };
      for (const [operation, body] of [
        ["PutEvents", { Entries: "x" }],
        ["PutEvents", { Entries: [{ Source: 1 }] }],
        ["PutRule", { Name: 1 }],
        ["PutTargets", { Rule: "r", Targets: {} }],
        ["CreateArchive", { ArchiveName: "a", RetentionDays: "x" }],
        ["StartReplay", { ...REPLAY, EventStartTime: {} }],
      ] as const) {
        expect.soft(await send(operation, body), operation).toEqual([400, "SerializationException"]);
      }
    });
  });
});
