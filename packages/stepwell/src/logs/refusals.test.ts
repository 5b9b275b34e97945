import * as cloudwatch from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal, type ServedLogs, serveLogs } from "./fixtures/served-logs.ts";

/** What is refused changes nothing: `refusal` compares every row. */
let logs: ServedLogs;
let now: number;
beforeAll(async () => {
  logs = await serveLogs();
  now = logs.clock.now();
  await logs.client.send(new cloudwatch.CreateLogGroupCommand({ logGroupName: "g", tags: { a: "1" } }));
  await logs.client.send(new cloudwatch.CreateLogStreamCommand({ logGroupName: "g", logStreamName: "s" }));
  await logs.put("g", "s", [now, "kept"]);
});
afterAll(() => logs.close());

// biome-ignore lint/suspicious/noExplicitAny: inputs of every shape, wrong ones on purpose.
type Command = new (input: any) => never;

const send = (operation: string, input: object) => () =>
  logs.client.send(new (cloudwatch as unknown as Record<string, Command>)[`${operation}Command`]!(input));

const GROUP_GONE = ["ResourceNotFoundException", "The specified log group does not exist."];
const STREAM_GONE = ["ResourceNotFoundException", "The specified log stream does not exist."];
const TOO_LONG = [
  "InvalidParameterException",
  "Invalid LogGroup or LogStream, both must have length less than or equal to 512.",
];
const NOT_A_STRING = ["SerializationException", "NUMBER_VALUE can not be converted to a String"];
const BAD_TOKEN = ["InvalidParameterException", "The specified nextToken is invalid."];
const invalid = (text: string) => ["InvalidParameterException", text];
const violated = (text: string) => invalid(`1 validation error detected: ${text}`);
const missing = (member: string) =>
  violated(`Value null at '${member}' failed to satisfy constraint: Member must not be null`);
const notA = (member: string, value: string, pattern: string) =>
  violated(
    `Value '${value}' at '${member}' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
  );
const long = "x".repeat(513);
const GROUP_PATTERN = String.raw`[\.\-_/#A-Za-z0-9]+`;
const ELSEWHERE = "arn:aws:logs:eu-west-1:000000000000:log-group:g";
const event = (message: unknown, timestamp: unknown = 0) => ({ timestamp, message });
const put = (...logEvents: object[]) => ({ logGroupName: "g", logStreamName: "s", logEvents });

describe.each<[string, [string, object, readonly string[]][]]>([
  [
    "CreateLogGroup",
    [
      ["without a name", {}, missing("logGroupName")],
      ["with a number for a name", { logGroupName: 5 }, NOT_A_STRING],
      ["with too long a name", { logGroupName: long }, TOO_LONG],
      ["with spaces in its name", { logGroupName: "a b" }, notA("logGroupName", "a b", GROUP_PATTERN)],
      [
        "with a name that is taken",
        { logGroupName: "g" },
        ["ResourceAlreadyExistsException", "The specified log group already exists"],
      ],
      [
        "with an unknown class",
        { logGroupName: "n", logGroupClass: "GOLD" },
        violated(
          "Value 'GOLD' at 'logGroupClass' failed to satisfy constraint: Member must satisfy enum value set: [STANDARD, INFREQUENT_ACCESS, DELIVERY]",
        ),
      ],
      [
        "with an empty map of tags",
        { logGroupName: "n", tags: {} },
        violated(
          "Value '{}' at 'tags' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
      ],
      [
        "protected from deletion",
        { logGroupName: "n", deletionProtectionEnabled: true },
        [
          "NotSupportedException",
          "Stepwell does not support log groups that are protected from deletion (deletionProtectionEnabled). Leave it out.",
        ],
      ],
    ],
  ],
  [
    "DeleteLogGroup",
    [
      ["without a name", {}, missing("logGroupName")],
      ["that does not exist", { logGroupName: "none" }, GROUP_GONE],
      ["with too long a name", { logGroupName: long }, TOO_LONG],
    ],
  ],
  [
    "DescribeLogGroups",
    [
      [
        "with a text as limit",
        { limit: "many" },
        ["SerializationException", "STRING_VALUE can not be converted to an Integer"],
      ],
      [
        "of more than a page",
        { limit: 51 },
        violated(
          "Value '51' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50",
        ),
      ],
      [
        "by prefix and part",
        { logGroupNamePrefix: "a", logGroupNamePattern: "b" },
        invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."),
      ],
      ["with somebody else's token", { nextToken: "?" }, BAD_TOKEN],
      [
        "with the token of another operation",
        { nextToken: Buffer.from('[1,"s"]').toString("base64url") },
        BAD_TOKEN,
      ],
      [
        "of another account",
        { accountIdentifiers: ["123456789012"], includeLinkedAccounts: true },
        [
          "NotSupportedException",
          "Stepwell does not support log groups of other accounts (accountIdentifiers). Leave it out.",
        ],
      ],
    ],
  ],
  [
    "CreateLogStream",
    [
      ["without a name", { logGroupName: "g" }, missing("logStreamName")],
      ["in no group", { logGroupName: "none", logStreamName: "s" }, GROUP_GONE],
      [
        "with a name that is taken",
        { logGroupName: "g", logStreamName: "s" },
        ["ResourceAlreadyExistsException", "The specified log stream already exists"],
      ],
      [
        "with a colon in its name",
        { logGroupName: "g", logStreamName: "a:b" },
        notA("logStreamName", "a:b", "[^:*]*"),
      ],
      ["with too long a name", { logGroupName: "g", logStreamName: long }, TOO_LONG],
    ],
  ],
  [
    "DeleteLogStream",
    [
      ["in no group", { logGroupName: "none", logStreamName: "s" }, GROUP_GONE],
      ["that does not exist", { logGroupName: "g", logStreamName: "none" }, STREAM_GONE],
      ["without a group", { logStreamName: "s" }, missing("logGroupName")],
      ["with a number for a name", { logGroupName: "g", logStreamName: 5 }, NOT_A_STRING],
    ],
  ],
  [
    "DescribeLogStreams",
    [
      ["of no group", { logGroupName: "none" }, GROUP_GONE],
      ["of another region's group", { logGroupIdentifier: ELSEWHERE }, GROUP_GONE],
      [
        "of what is no ARN of a group",
        { logGroupIdentifier: "arn:aws:s3:::bucket" },
        invalid("arn:aws:s3:::bucket is not the ARN of a log group."),
      ],
      [
        "by name and identifier",
        { logGroupName: "g", logGroupIdentifier: "g" },
        ["ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters."],
      ],
      [
        "of a group that is not named",
        {},
        invalid("Name the log group: either logGroupName or logGroupIdentifier must be given."),
      ],
      [
        "in an unknown order",
        { logGroupName: "g", orderBy: "Size" },
        violated(
          "Value 'Size' at 'orderBy' failed to satisfy constraint: Member must satisfy enum value set: [LogStreamName, LastEventTime]",
        ),
      ],
      [
        "by time and prefix",
        { logGroupName: "g", orderBy: "LastEventTime", logStreamNamePrefix: "s" },
        invalid("Cannot order by LastEventTime with a logStreamNamePrefix."),
      ],
      [
        "with the token of another order",
        {
          logGroupName: "g",
          orderBy: "LastEventTime",
          nextToken: Buffer.from('["s"]').toString("base64url"),
        },
        BAD_TOKEN,
      ],
    ],
  ],
  [
    "GetLogEvents",
    [
      ["of no group", { logGroupName: "none", logStreamName: "s" }, GROUP_GONE],
      ["of no stream", { logGroupName: "g", logStreamName: "none" }, STREAM_GONE],
      ["without a stream", { logGroupName: "g" }, missing("logStreamName")],
      [
        "with somebody else's token",
        { logGroupName: "g", logStreamName: "s", nextToken: "invalid-token" },
        BAD_TOKEN,
      ],
      [
        "with a token out of range",
        { logGroupName: "g", logStreamName: "s", nextToken: `f/${"9".repeat(56)}/s` },
        BAD_TOKEN,
      ],
      [
        "of too many events",
        { logGroupName: "g", logStreamName: "s", limit: 10_001 },
        violated(
          "Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000",
        ),
      ],
      [
        "from before 1970",
        { logGroupName: "g", logStreamName: "s", startTime: -1 },
        violated(
          "Value '-1' at 'startTime' failed to satisfy constraint: Member must have value greater than or equal to 0",
        ),
      ],
      [
        "from a text",
        { logGroupName: "g", logStreamName: "s", startTime: "now" },
        ["SerializationException", "STRING_VALUE can not be converted to a Long"],
      ],
    ],
  ],
  [
    "FilterLogEvents",
    [
      ["of no group", { logGroupName: "none" }, GROUP_GONE],
      ["of no stream", { logGroupName: "g", logStreamNames: ["s", "none"] }, STREAM_GONE],
      [
        "by names and prefix of streams",
        { logGroupName: "g", logStreamNames: ["s"], logStreamNamePrefix: "s" },
        invalid("logStreamNames and logStreamNamePrefix are mutually exclusive parameters."),
      ],
      [
        "by no names",
        { logGroupName: "g", logStreamNames: [] },
        violated(
          "Value '[]' at 'logStreamNames' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
      ],
      [
        "with a text for names",
        { logGroupName: "g", logStreamNames: "s" },
        ["SerializationException", "Expected list or null"],
      ],
      [
        "by a bad pattern",
        { logGroupName: "g", filterPattern: "a:b" },
        invalid("Invalid character(s) in term ':'"),
      ],
      [
        "by a pattern that is too long",
        { logGroupName: "g", filterPattern: long + long },
        violated(
          `Value '${long}${"x".repeat(511)}…' at 'filterPattern' failed to satisfy constraint: Member must have length less than or equal to 1024`,
        ),
      ],
      [
        "by fields between spaces",
        { logGroupName: "g", filterPattern: "[a, b]" },
        [
          "NotSupportedException",
          "Stepwell does not support filter patterns for space-delimited events ([w1, w2=ERROR]). Filter by terms or, for events that are JSON, by { $.field = value }.",
        ],
      ],
      ["with somebody else's token", { logGroupName: "g", nextToken: "x" }, BAD_TOKEN],
    ],
  ],
  [
    "PutLogEvents",
    [
      ["into no group", { ...put(event("x")), logGroupName: "none" }, GROUP_GONE],
      ["into no stream", { ...put(event("x")), logStreamName: "none" }, STREAM_GONE],
      ["without events", { logGroupName: "g", logStreamName: "s" }, missing("logEvents")],
      [
        "of no events",
        put(),
        violated(
          "Value '[]' at 'logEvents' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
      ],
      [
        "of an empty message",
        put(event("")),
        violated(
          "Value '' at 'logEvents.1.member.message' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
      ],
      ["without a message", put({ timestamp: 0 }), missing("logEvents.1.member.message")],
      ["with a number for a message", put(event(5)), NOT_A_STRING],
      [
        "out of order",
        put(event("2", 2), event("1", 1)),
        invalid("Log events in a single PutLogEvents request must be in chronological order."),
      ],
      [
        "of too large an event",
        put(event("x".repeat(1_048_576))),
        invalid("Log event too large: 1048602 bytes exceeds limit of 1048576"),
      ],
      [
        "of too much at once",
        put(event("x".repeat(600_000)), event("é".repeat(300_000))),
        invalid("Upload too large: 1200052 bytes exceeds limit of 1048576"),
      ],
    ],
  ],
  [
    "PutRetentionPolicy",
    [
      ["of no group", { logGroupName: "none", retentionInDays: 7 }, GROUP_GONE],
      ["without days", { logGroupName: "g" }, missing("retentionInDays")],
      [
        "of days that AWS does not have",
        { logGroupName: "g", retentionInDays: 2 },
        violated(
          "Value '2' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]",
        ),
      ],
      [
        "of a text",
        { logGroupName: "g", retentionInDays: "week" },
        ["SerializationException", "STRING_VALUE can not be converted to an Integer"],
      ],
    ],
  ],
  [
    "DeleteRetentionPolicy",
    [
      ["of no group", { logGroupName: "none" }, GROUP_GONE],
      ["without a group", {}, missing("logGroupName")],
    ],
  ],
  [
    "TagResource",
    [
      [
        "of no group",
        { resourceArn: "arn:aws:logs:us-east-1:000000000000:log-group:none", tags: { b: "1" } },
        GROUP_GONE,
      ],
      ["of another region", { resourceArn: ELSEWHERE, tags: { b: "1" } }, GROUP_GONE],
      ["without tags", { resourceArn: ELSEWHERE }, missing("tags")],
      [
        "of too many tags",
        {
          resourceArn: "arn:aws:logs:us-east-1:000000000000:log-group:g",
          tags: Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`t${i}`, ""])),
        },
        ["TooManyTagsException", "A resource can have no more than 50 tags."],
      ],
    ],
  ],
  [
    "UntagResource",
    [
      ["of no group", { resourceArn: ELSEWHERE, tagKeys: ["a"] }, GROUP_GONE],
      ["without keys", { resourceArn: ELSEWHERE }, missing("tagKeys")],
    ],
  ],
  [
    "ListTagsForResource",
    [
      ["of no group", { resourceArn: ELSEWHERE }, GROUP_GONE],
      ["without a resource", {}, missing("resourceArn")],
    ],
  ],
  ["TagLogGroup", [["of no group", { logGroupName: "none", tags: { a: "1" } }, GROUP_GONE]]],
  ["UntagLogGroup", [["of no group", { logGroupName: "none", tags: ["a"] }, GROUP_GONE]]],
  ["ListTagsLogGroup", [["of no group", { logGroupName: "none" }, GROUP_GONE]]],
  [
    "StartLiveTail",
    [
      ["of no group", { logGroupIdentifiers: ["none"] }, GROUP_GONE],
      ["without groups", {}, missing("logGroupIdentifiers")],
      [
        "of streams of two groups",
        { logGroupIdentifiers: ["g", "h"], logStreamNames: ["s"] },
        invalid("Log streams can be chosen of one log group only: leave them out, or name one group."),
      ],
      [
        "by names and prefixes",
        { logGroupIdentifiers: ["g"], logStreamNames: ["s"], logStreamNamePrefixes: ["s"] },
        invalid("logStreamNames and logStreamNamePrefixes are mutually exclusive parameters."),
      ],
      [
        "by a bad pattern",
        { logGroupIdentifiers: ["g"], logEventFilterPattern: "{" },
        invalid("If a filter pattern starts with '{' it must end with '}'"),
      ],
    ],
  ],
])("%s is refused", (operation, cases) => {
  test.each(cases)("%s", async (_title, input, [code, message]) => {
    const status = code === "NotSupportedException" ? 501 : 400;
    expect(await refusal(logs, send(operation, input))).toEqual({ code, status, message });
  });
});

test("events that span more than a day are refused", async () => {
  const day = 86_400_000;
  const events = put(event("1", now - day - 1), event("2", now));
  expect(await refusal(logs, send("PutLogEvents", events))).toEqual({
    code: "InvalidParameterException",
    status: 400,
    message: "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
  });
});

test("an operation of Logs that Stepwell does not have is refused by its name", async () => {
  expect(
    await refusal(logs, send("StartQuery", { startTime: 0, endTime: 1, queryString: "x" })),
  ).toMatchObject({
    code: "UnknownOperationException",
    message: "Stepwell does not have the operation logs.StartQuery.",
  });
});
