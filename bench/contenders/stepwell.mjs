import { stepwellContender } from "./stepwell-server.mjs";

/** Stepwell with its own SDK. */
export const stepwell = stepwellContender({
  name: "stepwell",
  sdk: "@stepwell/durable",
  functions: { w1: "durable" },
});
