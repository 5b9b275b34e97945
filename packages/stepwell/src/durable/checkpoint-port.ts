import { AwsError } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import { fromJson } from "../kernel/schema/from-json.ts";
import { operationSchema } from "../kernel/schema/services.ts";
import type { StructureShape } from "../kernel/schema/shape.ts";
import { requireValid } from "../kernel/schema/validate.ts";
import type { ChainedTargets, FindTargets } from "./chained-targets.ts";
import type { Draft } from "./draft.ts";
import { invocationOperations, markerIndex, pageOfState } from "./envelope.ts";
import { invalidParameter, invalidToken } from "./errors.ts";
import { HeldElsewhere } from "./held-elsewhere.ts";
import { encodeCallbackId } from "./keys.ts";
import type { DurableLimits } from "./limits.ts";
import type { ExecutionState } from "./state.ts";
import { decodeToken, encodeToken } from "./token.ts";
import type {
  CheckpointReply,
  DurablePort,
  InvocationEnvelope,
  Operation,
  OperationUpdate,
  PortCheckpoint,
  StatePage,
  StateRequest,
} from "./types.ts";
import { applyUpdates } from "./updates.ts";

/** How a port has a decision made: the holder's `submit`. */
export type Submit = <T>(decide: (draft: Draft) => T) => Promise<T>;

let handed: StructureShape | undefined;

/** Of a checkpoint as the wire has it, what comes from a handler: the rest is the server's own. */
function handedShape(): StructureShape {
  if (handed) return handed;
  const { input } = operationSchema("lambda.CheckpointDurableExecution")!;
  handed = { ...input, members: input.members.filter(({ name }) => name === "Updates") };
  return handed;
}

export interface PortNode {
  readonly ids: Ids;
  readonly limits: DurableLimits;
  readonly findTargets: FindTargets;
}

/**
 * One invocation's way to the service. Its tokens are (epoch, counter); counter and the last ClientToken are kept
 * here and not in the journal, because both die with the invocation, and so with its holder.
 */
export class CheckpointPort implements DurablePort {
  readonly epoch: number;
  readonly #executionId: string;
  readonly #state: ExecutionState;
  readonly #ids: Ids;
  readonly #limits: DurableLimits;
  readonly #submit: Submit;
  readonly #findTargets: FindTargets;
  #counter = 0;
  #made: { readonly counter: number; readonly token: string } | undefined;
  #listener: (() => void) | undefined;
  #closed = false;
  #last:
    | { readonly clientToken: string; readonly token: string; readonly reply: Promise<CheckpointReply> }
    | undefined;
  #left: PortCheckpoint | undefined;
  /** What pages of state are cut from, when there is more than one. */
  #pages: readonly Operation[] | undefined;

  constructor(state: ExecutionState, node: PortNode, submit: Submit) {
    const { key } = state.header.identity;
    this.epoch = state.header.epoch;
    this.#executionId = key.slice(key.lastIndexOf("/") + 1);
    this.#state = state;
    this.#ids = node.ids;
    this.#limits = node.limits;
    this.#findTargets = node.findTargets;
    this.#submit = submit;
  }

  get mostUpdates(): number {
    return this.#limits.updatesPerCheckpoint;
  }

  /** The event to call the handler with. */
  envelope(updatedOperationIds: readonly string[]): InvocationEnvelope {
    return {
      DurableExecutionArn: this.#state.header.identity.arn,
      CheckpointToken: this.#token(),
      InitialExecutionState: this.#firstPage(),
      UpdatedOperationIds: updatedOperationIds,
    };
  }

  onNews(listener: () => void): void {
    this.#listener = listener;
  }

  /** Something outside has changed an operation, and that is durable. */
  news(): void {
    if (!this.#closed) this.#listener?.();
  }

  /** The invocation has ended: whatever still comes through is refused. */
  cut(): void {
    this.#closed = true;
  }

  async checkpoint(request: PortCheckpoint): Promise<CheckpointReply> {
    const { ClientToken: clientToken, CheckpointToken: token } = request;
    // A client that lost the answer asks again with the same two tokens, and gets the same answer.
    if (clientToken && this.#last?.clientToken === clientToken && this.#last.token === token)
      return this.#last.reply;
    if (this.#closed) throw invalidToken("its invocation has ended.");
    const reply = this.#apply(request).catch(asAwsError);
    if (clientToken) {
      const last = { clientToken, token, reply };
      this.#last = last;
      // Only an answer is worth repeating: a request that was refused or not stored may be made again.
      reply.catch(() => {
        if (this.#last === last) this.#last = undefined;
      });
    }
    return reply;
  }

  async getState({ CheckpointToken, Marker, MaxItems }: StateRequest): Promise<StatePage> {
    this.#check(CheckpointToken);
    if (!Marker) return this.#firstPage(MaxItems);
    const from = markerIndex(Marker);
    if (from === undefined || !this.#pages)
      throw invalidParameter("The Marker is not one that this service gave out.");
    return pageOfState(this.#pages, from, MaxItems);
  }

  /** Later pages are cut from the same list, so that what happens between two of them neither repeats nor hides any. */
  #firstPage(maxItems?: number): StatePage {
    const operations = invocationOperations(this.#state);
    const page = pageOfState(operations, 0, maxItems);
    if (page.NextMarker) this.#pages = operations;
    return page;
  }

  leave(request: PortCheckpoint): void {
    this.#left = request;
  }

  /**
   * What is to be decided of the checkpoint that was left for the invocation's end, and in one decision with it;
   * undefined when there is none. It returns what the handler, which gets no reply, will not hear of.
   */
  async lastDecision(): Promise<((draft: Draft) => ReadonlySet<string>) | undefined> {
    if (!this.#left) return undefined;
    const left = this.#checked(this.#left);
    const targets = await this.#targetsOf(left);
    return (draft) => {
      const unheard = new Set(draft.unseen());
      this.#decide(draft, left, targets);
      draft.markSeen(unheard);
      return unheard;
    };
  }

  #apply(asked: PortCheckpoint): Promise<CheckpointReply> {
    const request = this.#checked(asked);
    const targets = this.#targetsOf(request);
    if (!targets) return this.#submit((draft) => this.#decide(draft, request));
    return targets.then((found) => this.#submit((draft) => this.#decide(draft, request, found)));
  }

  /**
   * What a handler hands in does not come over the wire, but is read as if it did: a name that AWS refuses must not be
   * found out there first, and a value of a wrong type could not be stored.
   */
  #checked(request: PortCheckpoint): PortCheckpoint {
    const { Updates } = request;
    if (!Updates?.length) return request;
    const shape = handedShape();
    const typed = fromJson(shape, { Updates });
    requireValid(shape, typed);
    return { ...request, Updates: (typed as PortCheckpoint).Updates };
  }

  /** What has to be looked up before the request can be decided about. */
  #targetsOf({ Updates }: PortCheckpoint): Promise<ChainedTargets> | undefined {
    const chained = Updates?.filter(({ Type, Action }) => Type === "CHAINED_INVOKE" && Action === "START");
    return chained?.length ? this.#findTargets(this.#state.header.identity.key, chained) : undefined;
  }

  #decide(draft: Draft, request: PortCheckpoint, targets?: ChainedTargets): CheckpointReply {
    this.#check(request.CheckpointToken);
    // Stopped, timed out, or its result already handed in: nothing more may be checkpointed.
    if (draft.header.status !== "RUNNING" || draft.header.outcome)
      throw invalidToken("the execution has ended.");
    if (draft.header.invocation?.epoch !== this.epoch) throw invalidToken("its invocation has ended.");
    const { key } = draft.header.identity;
    const { Updates = [], Briefly } = request;
    const news = Briefly ? new Set(draft.unseen()) : undefined;
    applyUpdates(draft, Updates, {
      limits: this.#limits,
      callbackId: (operationId) => encodeCallbackId(key, operationId, this.#ids.uuid()),
      ...(targets ? { targets } : {}),
    });
    const own = Briefly ? selfEvident(Updates) : undefined;
    const Operations: Operation[] = [];
    for (const id of draft.unseen())
      if (!own?.has(id) || news?.has(id)) Operations.push(draft.operation(id)!);
    draft.markSeen();
    draft.onAdopt(() => {
      this.#counter++;
    });
    const reply = { CheckpointToken: this.#token(this.#counter + 1), NewExecutionState: { Operations } };
    return Briefly ? { ...reply, At: draft.nowMs } : reply;
  }

  #check(token: string): void {
    if (token === this.#token() && !this.#closed) return;
    const { executionId, epoch, counter } = decodeToken(token);
    if (executionId !== this.#executionId) throw invalidToken("it belongs to another execution.");
    if (this.#closed || epoch !== this.epoch) throw invalidToken("its invocation has ended.");
    if (counter !== this.#counter) throw invalidToken("it has been used already.");
  }

  /** The token of a checkpoint; the last one made is kept, because it is what most requests come with. */
  #token(counter = this.#counter): string {
    if (counter !== this.#made?.counter) {
      const token = encodeToken({ executionId: this.#executionId, epoch: this.epoch, counter });
      this.#made = { counter, token };
    }
    return this.#made.token;
  }
}

/** The operations whose updates alone tell what became of them; @stepwell/durable has the same rule. */
function selfEvident(updates: readonly OperationUpdate[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { Id, Type, Action } of updates) {
    if ((Type === "STEP" || Type === "CONTEXT") && Action !== "RETRY") ids.add(Id);
    else ids.delete(Id);
  }
  return ids;
}

/** What the handler's SDK can make sense of: only AWS's errors leave the port. */
function asAwsError(error: unknown): never {
  if (error instanceof AwsError) throw error;
  if (error instanceof HeldElsewhere) throw invalidToken("its invocation has ended.");
  throw new AwsError(
    "ServiceException",
    "The checkpoint could not be stored; nothing of it was. Try again later.",
    {
      httpStatus: 500,
      fields: { Type: "Service" },
      cause: error,
    },
  );
}
