import * as sdk from "@aws/durable-execution-sdk-js";
import { handlersOf } from "./all.mjs";

export const handler = handlersOf(sdk)[process.env.AWS_LAMBDA_FUNCTION_NAME];
