import { defineConfig } from "stepwell";

export default defineConfig({
  functions: {
    arrived: {
      handler: "src/arrived.handler",
      timeoutSeconds: 30,
      environment: { ARRIVALS: process.env.ARRIVALS ?? "" },
    },
  },
});
