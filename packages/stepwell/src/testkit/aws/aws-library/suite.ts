import { withDurableExecution } from "@aws/durable-execution-sdk-js";
import * as testing from "@aws/durable-execution-sdk-js-testing";
import { type Library, runnerSuite } from "../runner-suite.ts";

runnerSuite("AWS's library", testing as unknown as Library, withDurableExecution as never);
