import type { Store } from "../store/store.ts";
import type { Clock } from "./clock.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { DescribeByKind, FindDue } from "./due.ts";
import type { Ids } from "./ids.ts";
import type { Logger } from "./logger.ts";
import type { InputCheck, Operation, OperationTable } from "./operations.ts";
import type { Signals } from "./signals.ts";
import type { Targets } from "./targets.ts";

/** What a service is made from. */
export interface ServiceOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly dispatcher: Dispatcher;
  /** This node's name in work items. */
  readonly owner: string;
  /** To other nodes, where there are any. */
  readonly signals: Signals;
  /** Its resources become targets, and it looks up others here. */
  readonly targets: Targets;
  /** For calls of other services' operations; complete when the node starts. */
  readonly operations: OperationTable;
  /** Where clients reach this node (`http://127.0.0.1:4566`); undefined without a port. */
  readonly endpointUrl: () => string | undefined;
}

/** One of AWS's services, as a node puts it together. */
export interface Service {
  /** The name in the operation table and of the schema. */
  readonly name: string;
  readonly operations: Readonly<Record<string, Operation>>;
  /** For one that refuses inputs in its own way. */
  readonly check?: InputCheck;
  /** What it adds to Stepwell's own operations, under `stepwell`. */
  readonly ownOperations?: Readonly<Record<string, Operation>>;
  /** Tells what its work items wait for. */
  readonly describeDue?: DescribeByKind;
  /** Tells what else will happen by itself. */
  readonly findDue?: FindDue;
  /** Goes on with what the store holds; called once, before the dispatcher claims. */
  start?(): void;
  /** Ends waiting calls; called when the node begins to leave. */
  drain?(): void;
  /** Resolves when what is under way has been recorded; the dispatcher has stopped before. */
  close?(): Promise<void>;
}
