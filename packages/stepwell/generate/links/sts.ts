import type { Links } from "../sources.ts";

/**
 * Members' shapes, from each operation's page in the API reference
 * (https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html), matched by their limits.
 */
export const stsLinks: Links = {
  "AssumeRoleWithWebIdentityRequest.DurationSeconds": "roleDurationSecondsType",
  "AssumeRoleWithWebIdentityRequest.RoleArn": "arnType",
  "AssumeRoleWithWebIdentityRequest.RoleSessionName": "roleSessionNameType",
  "GetAccessKeyInfoRequest.AccessKeyId": "accessKeyIdType",
  "PolicyDescriptorType.arn": "arnType",
  "Tag.Key": "tagKeyType",
  "Tag.Value": "tagValueType",
  "tagKeyListType[]": "tagKeyType",
};
