import { stepwellDev } from "./stepwell-dev.mjs";

/** Stepwell with AWS's SDK as it comes from npm. */
export const stepwellAwsSdk = stepwellDev({
  name: "stepwell-aws-sdk",
  sdk: "@aws/durable-execution-sdk-js",
  fn: "aws",
  workloads: ["W1", "W2", "W4"],
});
