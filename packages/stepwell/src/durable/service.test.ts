import { openNode } from "./fixtures/raw-node.ts";
import { describeDurableService } from "./fixtures/service-behaviour.ts";

describeDurableService(openNode);
