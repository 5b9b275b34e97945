export { type DurableConfig, defineConfig, type FunctionConfig, type StepwellConfig } from "./app/config.ts";
