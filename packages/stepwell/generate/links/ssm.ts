import type { Links } from "../sources.ts";

/**
 * Shapes of the Parameter Store, from each structure's page in the API reference
 * (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Types.html), matched by their limits.
 */
export const ssmLinks: Links = {
  "GetParameterHistoryRequest.MaxResults": "MaxResults",
  "GetParameterHistoryRequest.Name": "PSParameterName",
  "LabelParameterVersionRequest.Name": "PSParameterName",
  "ParameterNameList[]": "PSParameterName",
  "ParameterStringFilter.Key": "ParameterStringFilterKey",
  "ParameterStringFilter.Option": "ParameterStringQueryOption",
  "ParameterStringFilter.Values": "ParameterStringFilterValueList",
  "ParameterStringFilterValueList[]": "ParameterStringFilterValue",
  "ParametersFilter.Values": "ParametersFilterValueList",
  "ParametersFilterValueList[]": "ParametersFilterValue",
  "Tag.Key": "TagKey",
  "Tag.Value": "TagValue",
  "UnlabelParameterVersionRequest.Name": "PSParameterName",
};
