import type { Links } from "../sources.ts";

/**
 * Nested members' shapes, from each structure's page in the API reference
 * (https://docs.aws.amazon.com/step-functions/latest/apireference/API_Types.html), matched by their limits.
 */
export const statesLinks: Links = {
  "CloudWatchLogsLogGroup.logGroupArn": "Arn",
  "EncryptionConfiguration.kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
  "EncryptionConfiguration.kmsKeyId": "KmsKeyId",
  "RoutingConfigurationListItem.stateMachineVersionArn": "Arn",
  "RoutingConfigurationListItem.weight": "VersionWeight",
  "Tag.key": "TagKey",
  "Tag.value": "TagValue",
  "TagKeyList[]": "TagKey",
  "TestStateConfiguration.mapIterationFailureCount": "MapIterationFailureCount",
  "TestStateConfiguration.retrierRetryCount": "RetrierRetryCount",
};
