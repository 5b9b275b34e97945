import type { Links } from "../sources.ts";

/**
 * Nested members' shapes, from each structure's page in the API reference
 * (https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Types.html), matched by their limits.
 */
export const schedulerLinks: Links = {
  "DeadLetterConfig.Arn": "DeadLetterConfigArnString",
  "EventBridgeParameters.DetailType": "DetailType",
  "EventBridgeParameters.Source": "Source",
  "FlexibleTimeWindow.MaximumWindowInMinutes": "MaximumWindowInMinutes",
  "KinesisParameters.PartitionKey": "TargetPartitionKey",
  "RetryPolicy.MaximumEventAgeInSeconds": "MaximumEventAgeInSeconds",
  "RetryPolicy.MaximumRetryAttempts": "MaximumRetryAttempts",
  "SqsParameters.MessageGroupId": "MessageGroupId",
  "Tag.Key": "TagKey",
  "Tag.Value": "TagValue",
  "TagKeyList[]": "TagKey",
  "Target.Arn": "TargetArn",
  "Target.Input": "TargetInput",
  "Target.RoleArn": "RoleArn",
};
