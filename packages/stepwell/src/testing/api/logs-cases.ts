import {
  A_LIST,
  A_STRUCTURE,
  type Case,
  hasBadKey,
  hasBadMember,
  isLonger,
  isMore,
  isNoneOf,
  isNull,
  NOT_A_BOOLEAN,
  NOT_A_LIST,
  NOT_A_LONG,
  NOT_A_STRING,
  NOT_AN_INTEGER,
  refusal,
  type ServiceCases,
  violating,
} from "./cases.ts";
import { GROUP_ARN, KMS_KEY } from "./seeded-node.ts";

/** Logs answers every fault of a caller with status 400, and violated constraints with a code of its own. */
const violated = violating("InvalidParameterException");
const NO_GROUP_TEXT = refusal("ResourceNotFoundException", "The specified log group does not exist.");
const NO_STREAM_TEXT = refusal("ResourceNotFoundException", "The specified log stream does not exist.");

const long = (length: number) => "n".repeat(length);
/** Names of groups and streams are refused in words of their own. */
const TOO_LONG = refusal(
  "InvalidParameterException",
  "Invalid LogGroup or LogStream, both must have length less than or equal to 512.",
);
const LONG_GROUP: Case = [{ logGroupName: long(513) }, TOO_LONG];
const LONG_STREAM: Case = [{ logStreamName: long(513) }, TOO_LONG];
const NO_GROUP: Case = [{ logGroupName: "none" }, NO_GROUP_TEXT];
const NO_STREAM: Case = [{ logStreamName: "none" }, NO_STREAM_TEXT];
const GROUP_MISSING: Case = [{ logGroupName: undefined }, violated(isNull("logGroupName"))];
const STREAM_MISSING: Case = [{ logStreamName: undefined }, violated(isNull("logStreamName"))];
const GROUP_WRONG: Case = [{ logGroupName: 5 }, NOT_A_STRING];
const badPage = (most: number): Case => [{ limit: most + 1 }, violated(isMore("limit", most + 1, most))];
const PAGE_WRONG: Case = [{ limit: "many" }, NOT_AN_INTEGER];
const LONG_PREFIX: Case = [
  { logStreamNamePrefix: long(513) },
  violated(isLonger("logStreamNamePrefix", long(513), 512)),
];

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html */
const TAG_KEY = [
  "Member must have length less than or equal to 128",
  "Member must have length greater than or equal to 1",
  String.raw`Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$`,
];
const LONG_TAG: Case = [
  { tags: { [long(129)]: "" } },
  violated(hasBadKey("tags", `{${long(129)}=}`, ...TAG_KEY)),
];
const longArn = `${GROUP_ARN}:${long(1000)}`;
const LONG_ARN: Case = [{ resourceArn: longArn }, violated(isLonger("resourceArn", longArn, 1011))];
const NO_ARN: Case = [{ resourceArn: `${GROUP_ARN}:none` }, NO_GROUP_TEXT];
const G_ARN = { resourceArn: `${GROUP_ARN}:g` };
const IN_STREAM = { logGroupName: "g", logStreamName: "s" };

/** CloudWatch Logs (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html). */
export function logsCases(nowMs: number): ServiceCases {
  const event = { timestamp: nowMs, message: "put" };
  return {
    CreateLogGroup: {
      good: { logGroupName: "new", kmsKeyId: KMS_KEY, logGroupClass: "STANDARD", tags: { a: "1" } },
      wrongType: [
        GROUP_WRONG,
        [{ tags: ["a"] }, A_LIST],
        [{ deletionProtectionEnabled: "perhaps" }, NOT_A_BOOLEAN],
      ],
      missing: [GROUP_MISSING],
      tooLong: [
        LONG_GROUP,
        [{ kmsKeyId: long(257) }, violated(isLonger("kmsKeyId", long(257), 256))],
        LONG_TAG,
      ],
      unknownValue: [
        [
          { logGroupClass: "GOLD" },
          violated(isNoneOf("logGroupClass", "GOLD", "STANDARD", "INFREQUENT_ACCESS", "DELIVERY")),
        ],
      ],
      unknownResource: "it names a key, which is not looked up",
    },
    CreateLogStream: {
      good: { logGroupName: "g", logStreamName: "new" },
      wrongType: [[{ logStreamName: 5 }, NOT_A_STRING]],
      missing: [GROUP_MISSING, STREAM_MISSING],
      tooLong: [LONG_GROUP, LONG_STREAM],
      unknownResource: [NO_GROUP],
    },
    DescribeLogGroups: {
      good: { limit: 1 },
      wrongType: [PAGE_WRONG, [{ logGroupIdentifiers: "g" }, NOT_A_LIST]],
      tooLong: [
        [{ logGroupNamePrefix: long(513) }, violated(isLonger("logGroupNamePrefix", long(513), 512))],
        badPage(50),
      ],
      unknownValue: [
        [
          { logGroupClass: "GOLD" },
          violated(isNoneOf("logGroupClass", "GOLD", "STANDARD", "INFREQUENT_ACCESS", "DELIVERY")),
        ],
      ],
      unknownResource: "groups that are not there are not listed",
    },
    DescribeLogStreams: {
      good: { logGroupName: "g", limit: 1 },
      wrongType: [PAGE_WRONG, [{ descending: "perhaps" }, NOT_A_BOOLEAN]],
      tooLong: [LONG_GROUP, LONG_PREFIX, badPage(50)],
      unknownValue: [
        [{ orderBy: "Size" }, violated(isNoneOf("orderBy", "Size", "LogStreamName", "LastEventTime"))],
      ],
      unknownResource: [NO_GROUP],
    },
    FilterLogEvents: {
      good: { logGroupName: "g", limit: 1 },
      wrongType: [PAGE_WRONG, [{ startTime: "now" }, NOT_A_LONG], [{ logStreamNames: "s" }, NOT_A_LIST]],
      tooLong: [
        LONG_GROUP,
        LONG_PREFIX,
        [{ filterPattern: long(1025) }, violated(isLonger("filterPattern", long(1025), 1024))],
        [
          { logStreamNames: [long(513)] },
          violated(
            hasBadMember(
              "logStreamNames",
              `[${long(513)}]`,
              "Member must have length less than or equal to 512",
              "Member must have length greater than or equal to 1",
              "Member must satisfy regular expression pattern: [^:*]*",
            ),
          ),
        ],
        badPage(10_000),
      ],
      unknownResource: [NO_GROUP, [{ logStreamNames: ["s", "none"] }, NO_STREAM_TEXT]],
    },
    GetLogEvents: {
      good: IN_STREAM,
      wrongType: [
        PAGE_WRONG,
        [{ endTime: "now" }, NOT_A_LONG],
        [{ startFromHead: "perhaps" }, NOT_A_BOOLEAN],
      ],
      missing: [STREAM_MISSING],
      tooLong: [LONG_GROUP, LONG_STREAM, badPage(10_000)],
      unknownResource: [NO_GROUP, NO_STREAM],
    },
    PutLogEvents: {
      good: { ...IN_STREAM, logEvents: [event] },
      wrongType: [
        [{ logEvents: "line" }, NOT_A_LIST],
        [{ logEvents: [{ ...event, timestamp: "now" }] }, NOT_A_LONG],
        [{ logEvents: [{ ...event, message: 5 }] }, NOT_A_STRING],
      ],
      missing: [
        GROUP_MISSING,
        STREAM_MISSING,
        [{ logEvents: undefined }, violated(isNull("logEvents"))],
        [{ logEvents: [{ message: "m" }] }, violated(isNull("logEvents.1.member.timestamp"))],
        [{ logEvents: [{ timestamp: nowMs }] }, violated(isNull("logEvents.1.member.message"))],
      ],
      tooLong: [
        LONG_GROUP,
        LONG_STREAM,
        [
          { logEvents: [{ ...event, message: long(1_048_576) }] },
          refusal("InvalidParameterException", "Log event too large: 1048602 bytes exceeds limit of 1048576"),
        ],
      ],
      unknownResource: [NO_GROUP, NO_STREAM],
    },
    PutRetentionPolicy: {
      good: { logGroupName: "g", retentionInDays: 30 },
      wrongType: [[{ retentionInDays: "week" }, NOT_AN_INTEGER]],
      missing: [GROUP_MISSING, [{ retentionInDays: undefined }, violated(isNull("retentionInDays"))]],
      tooLong: [LONG_GROUP],
      unknownValue: [
        [
          { retentionInDays: 2 },
          violated(
            isNoneOf(
              ...(["retentionInDays", "2"] as const),
              ...[
                1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
                3288, 3653,
              ],
            ),
          ),
        ],
      ],
      unknownResource: [NO_GROUP],
    },
    ListTagsForResource: {
      good: G_ARN,
      wrongType: [[{ resourceArn: 5 }, NOT_A_STRING]],
      missing: [[{ resourceArn: undefined }, violated(isNull("resourceArn"))]],
      tooLong: [LONG_ARN],
      unknownResource: [NO_ARN],
    },
    ListTagsLogGroup: {
      good: { logGroupName: "g" },
      wrongType: [GROUP_WRONG],
      missing: [GROUP_MISSING],
      tooLong: [LONG_GROUP],
      unknownResource: [NO_GROUP],
    },
    TagResource: {
      good: { ...G_ARN, tags: { stage: "test" } },
      wrongType: [
        [{ tags: ["stage"] }, A_LIST],
        [{ tags: { stage: 5 } }, NOT_A_STRING],
      ],
      missing: [
        [{ resourceArn: undefined }, violated(isNull("resourceArn"))],
        [{ tags: undefined }, violated(isNull("tags"))],
      ],
      tooLong: [LONG_ARN, LONG_TAG],
      unknownResource: [NO_ARN],
    },
    TagLogGroup: {
      good: { logGroupName: "g", tags: { older: "way" } },
      wrongType: [[{ tags: ["stage"] }, A_LIST]],
      missing: [GROUP_MISSING, [{ tags: undefined }, violated(isNull("tags"))]],
      tooLong: [LONG_GROUP, LONG_TAG],
      unknownResource: [NO_GROUP],
    },
    UntagResource: {
      good: { ...G_ARN, tagKeys: ["spare"] },
      wrongType: [[{ tagKeys: "spare" }, NOT_A_LIST]],
      missing: [
        [{ resourceArn: undefined }, violated(isNull("resourceArn"))],
        [{ tagKeys: undefined }, violated(isNull("tagKeys"))],
      ],
      tooLong: [
        LONG_ARN,
        [{ tagKeys: [long(129)] }, violated(hasBadMember("tagKeys", `[${long(129)}]`, ...TAG_KEY))],
      ],
      unknownResource: [NO_ARN],
    },
    UntagLogGroup: {
      good: { logGroupName: "g", tags: ["older"] },
      wrongType: [[{ tags: { older: "way" } }, A_STRUCTURE]],
      missing: [GROUP_MISSING, [{ tags: undefined }, violated(isNull("tags"))]],
      tooLong: [
        LONG_GROUP,
        [{ tags: [long(129)] }, violated(hasBadMember("tags", `[${long(129)}]`, ...TAG_KEY))],
      ],
      unknownResource: [NO_GROUP],
    },
    StartLiveTail: {
      good: { logGroupIdentifiers: [`${GROUP_ARN}:g`], logStreamNames: ["s"], logEventFilterPattern: "line" },
      wrongType: [[{ logGroupIdentifiers: "g" }, NOT_A_LIST]],
      missing: [[{ logGroupIdentifiers: undefined }, violated(isNull("logGroupIdentifiers"))]],
      tooLong: [
        [
          { logEventFilterPattern: long(1025) },
          violated(isLonger("logEventFilterPattern", long(1025), 1024)),
        ],
      ],
      unknownResource: [[{ logGroupIdentifiers: [`${GROUP_ARN}:none`] }, NO_GROUP_TEXT]],
    },
    DeleteRetentionPolicy: {
      good: { logGroupName: "g" },
      wrongType: [GROUP_WRONG],
      missing: [GROUP_MISSING],
      tooLong: [LONG_GROUP],
      unknownResource: [NO_GROUP],
    },
    DeleteLogStream: {
      good: { logGroupName: "g", logStreamName: "old" },
      wrongType: [[{ logStreamName: 5 }, NOT_A_STRING]],
      missing: [GROUP_MISSING, STREAM_MISSING],
      tooLong: [LONG_GROUP, LONG_STREAM],
      unknownResource: [NO_GROUP, NO_STREAM],
    },
    DeleteLogGroup: {
      good: { logGroupName: "spare" },
      wrongType: [GROUP_WRONG],
      missing: [GROUP_MISSING],
      tooLong: [LONG_GROUP],
      unknownResource: [NO_GROUP],
    },
  };
}
