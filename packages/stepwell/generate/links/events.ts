import type { Links } from "../sources.ts";

/**
 * Nested members' shapes, from each structure's page in the API reference
 * (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Types.html), matched by their limits.
 */
export const eventsLinks: Links = {
  "DeadLetterConfig.Arn": "ResourceArn",
  "InputTransformer.InputPathsMap": "TransformerPaths",
  "InputTransformer.InputTemplate": "TransformerInput",
  "TransformerPaths{key}": "InputTransformerPathKey",
  "TransformerPaths{value}": "TargetInputPath",
  "PutEventsRequestEntry.EventBusName": "NonPartnerEventBusNameOrArn",
  "PutEventsRequestEntry.TraceHeader": "TraceHeader",
  "ReplayDestination.Arn": "Arn",
  "RetryPolicy.MaximumEventAgeInSeconds": "MaximumEventAgeInSeconds",
  "RetryPolicy.MaximumRetryAttempts": "MaximumRetryAttempts",
  "SqsParameters.MessageGroupId": "MessageGroupId",
  "Tag.Key": "TagKey",
  "Tag.Value": "TagValue",
  "Target.Arn": "TargetArn",
  "Target.Id": "TargetId",
  "Target.Input": "TargetInput",
  "Target.InputPath": "TargetInputPath",
  "Target.RoleArn": "RoleArn",
  "TargetIdList[]": "TargetId",
};
