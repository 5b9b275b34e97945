import type { Service, ServiceOptions } from "../kernel/service.ts";
import { deleteParameter, deleteParameters } from "./delete.ts";
import { getParameter, getParameters } from "./get.ts";
import { getParameterHistory } from "./history.ts";
import { labelParameterVersion, unlabelParameterVersion } from "./labels.ts";
import { describeParameters, getParametersByPath } from "./list.ts";
import { putParameter } from "./put.ts";
import { addTagsToResource, listTags, removeTagsFromResource } from "./tags.ts";

/** Of Systems Manager, the Parameter Store. */
export function createParametersService(parts: ServiceOptions): Service {
  return {
    name: "ssm",
    operations: {
      AddTagsToResource: (context, input) => addTagsToResource(parts, context, input),
      DeleteParameter: (context, input) => deleteParameter(parts, context, input),
      DeleteParameters: (context, input) => deleteParameters(parts, context, input),
      DescribeParameters: (context, input) => describeParameters(parts, context, input),
      GetParameter: (context, input) => getParameter(parts, context, input),
      GetParameterHistory: (context, input) => getParameterHistory(parts, context, input),
      GetParameters: (context, input) => getParameters(parts, context, input),
      GetParametersByPath: (context, input) => getParametersByPath(parts, context, input),
      LabelParameterVersion: (context, input) => labelParameterVersion(parts, context, input),
      ListTagsForResource: (context, input) => listTags(parts, context, input),
      PutParameter: (context, input) => putParameter(parts, context, input),
      RemoveTagsFromResource: (context, input) => removeTagsFromResource(parts, context, input),
      UnlabelParameterVersion: (context, input) => unlabelParameterVersion(parts, context, input),
    },
  };
}
