import * as sdk from "@stepwell/durable";
import { handlersOf } from "./all.mjs";

export const handler = handlersOf(sdk)[process.env.AWS_LAMBDA_FUNCTION_NAME];
