import type { Links } from "../sources.ts";

/**
 * Nested members' shapes, from each structure's page in the API reference
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Types.html), matched by their limits.
 */
export const secretsmanagerLinks: Links = {
  "BatchGetSecretValueRequest.NextToken": "NextTokenType",
  "CancelRotateSecretRequest.SecretId": "SecretIdType",
  "DeleteResourcePolicyRequest.SecretId": "SecretIdType",
  "Filter.Values": "FilterValuesStringList",
  "FilterValuesStringList[]": "FilterValueStringType",
  "GetResourcePolicyRequest.SecretId": "SecretIdType",
  "PutResourcePolicyRequest.SecretId": "SecretIdType",
  "RestoreSecretRequest.SecretId": "SecretIdType",
  "RotateSecretRequest.SecretId": "SecretIdType",
  "SecretVersionStagesType[]": "SecretVersionStageType",
  "Tag.Key": "TagKeyType",
  "Tag.Value": "TagValueType",
  "TagResourceRequest.SecretId": "SecretIdType",
  "UntagResourceRequest.SecretId": "SecretIdType",
  "UpdateSecretVersionStageRequest.MoveToVersionId": "SecretVersionIdType",
  "UpdateSecretVersionStageRequest.RemoveFromVersionId": "SecretVersionIdType",
  "UpdateSecretVersionStageRequest.SecretId": "SecretIdType",
  "UpdateSecretVersionStageRequest.VersionStage": "SecretVersionStageType",
};
