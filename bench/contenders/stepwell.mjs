import { stepwellContender } from "./stepwell-server.mjs";

/** Stepwell with its own SDK. */
export const stepwell = stepwellContender({
  name: "stepwell",
  label: "Stepwell, @stepwell/durable",
  functions: { w1: "durable" },
});
