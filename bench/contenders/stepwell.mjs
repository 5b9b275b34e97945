import { stepwellDev } from "./stepwell-dev.mjs";

/** Stepwell with its own SDK. */
export const stepwell = stepwellDev({
  name: "stepwell",
  sdk: "@stepwell/durable",
  fn: "durable",
  workloads: ["W1", "W2", "W3", "W4", "W5"],
});
