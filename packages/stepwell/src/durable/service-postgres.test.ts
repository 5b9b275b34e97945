import { describe } from "vitest";
import { openPair } from "./fixtures/raw-pair.ts";
import { describeDurableService } from "./fixtures/service-behaviour.ts";

describe("with two nodes on one PostgreSQL", { timeout: 30_000 }, () => {
  describeDurableService(openPair);
});
