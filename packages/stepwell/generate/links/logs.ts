import type { Links } from "../sources.ts";

/**
 * Nested members' shapes, from each structure's page in the API reference
 * (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Types.html), matched by their limits.
 */
export const logsLinks: Links = {
  "AccountIds[]": "AccountId",
  "DescribeLogGroupsLogGroupIdentifiers[]": "LogGroupIdentifier",
  "InputLogEvent.message": "EventMessage",
  "InputLogEvent.timestamp": "Timestamp",
  "InputLogStreamNames[]": "LogStreamName",
  "StartLiveTailLogGroupIdentifiers[]": "LogGroupIdentifier",
  "TagKeyList[]": "TagKey",
  "TagList[]": "TagKey",
  "Tags{key}": "TagKey",
  "Tags{value}": "TagValue",
};
