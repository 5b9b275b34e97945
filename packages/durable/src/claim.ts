import type { Context } from "./context.ts";
import type { Asked } from "./determinism.ts";
import { never } from "./durable-promise.ts";
import { SerdesFailedError } from "./ending.ts";
import { toError } from "./error-object.ts";
import type { AnySerdes, AnySerdesDeserializer } from "./serdes.ts";
import type { OperationInfo } from "./types/plugin.ts";
import type { Operation, OperationAction, OperationUpdate } from "./types/wire.ts";

/** An operation's place in the handler, taken by one call of a durable method. */
export class Claim {
  readonly context: Context;
  readonly asked: Asked;
  /** Such as "2-1". */
  readonly position: string;
  /** The id on the wire. */
  readonly id: string;

  constructor(context: Context, asked: Asked, position: string, id: string) {
    this.context = context;
    this.asked = asked;
    this.position = position;
    this.id = id;
  }

  /** The operation as the service last told it. */
  get stored(): Operation | undefined {
    return this.context.execution.operations.get(this.id);
  }

  /** The beginning of an update of this operation. */
  update(Action: OperationAction): OperationUpdate {
    const { type, subType, name } = this.asked;
    const update: OperationUpdate = { Id: this.id, Type: type, SubType: subType, Action };
    if (this.context.parentId !== undefined) update.ParentId = this.context.parentId;
    if (name !== undefined) update.Name = name;
    return update;
  }

  /** Queues an update, unless the operation belongs to work that is over. */
  enqueue(update: OperationUpdate): void {
    if (!this.context.abandoned) this.context.execution.queue.enqueue(update);
  }

  /** As enqueue; resolves once the update is stored, so never for work that is over. */
  commit(update: OperationUpdate): Promise<void> {
    return this.context.abandoned ? never() : this.context.execution.queue.commit(update);
  }

  /** What plugins are told when nothing is stored yet; `label` names operations that have no name on the wire. */
  info(label?: string): OperationInfo {
    const { type, subType, name } = this.asked;
    return {
      id: this.id,
      name: label ?? name,
      type,
      subType,
      parentId: this.context.parentId,
      isReplay: false,
    };
  }

  /**
   * A value as it is stored. When that fails the invocation ends, and this never resolves. Like reading, it takes as
   * many turns as in AWS's SDK, so that what happens at once reaches the service in the same order.
   */
  async serialize(serdes: AnySerdes, value: unknown): Promise<string | undefined> {
    try {
      // Null is a mistake, but means none wherever it is sent.
      return (await serdes.serialize(value, this.#serdesContext())) ?? undefined;
    } catch (error) {
      return this.#serdesFailed("Serialization", error);
    }
  }

  /** A stored value. When that fails the invocation ends, and this never resolves. */
  // biome-ignore lint/suspicious/noExplicitAny: what was stored is what the caller's type says.
  async deserialize(serdes: AnySerdesDeserializer, data: string | undefined): Promise<any> {
    try {
      return await serdes.deserialize(data, this.#serdesContext());
    } catch (error) {
      return this.#serdesFailed("Deserialization", error);
    }
  }

  #serdesContext(): { entityId: string; durableExecutionArn: string } {
    return { entityId: this.position, durableExecutionArn: this.context.execution.arn };
  }

  #serdesFailed(what: string, cause: unknown): Promise<never> {
    const { name } = this.asked;
    const message = `${what} failed for step ${name === undefined ? "" : `"${name}" `}(${this.position}): ${toError(cause).message}`;
    this.context.execution.end({ kind: "interrupted", error: new SerdesFailedError(message, { cause }) });
    return never();
  }
}
