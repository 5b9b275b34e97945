import { stepwellContender } from "./stepwell-server.mjs";

/** Stepwell with AWS's SDK as it comes from npm. */
export const stepwellAwsSdk = stepwellContender({
  name: "stepwell-aws-sdk",
  sdk: "@aws/durable-execution-sdk-js",
  functions: { w1: "aws" },
});
