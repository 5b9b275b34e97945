import type { Context } from "./context.ts";
import type { Asked } from "./determinism.ts";
import { never } from "./durable-promise.ts";
import { SerdesFailedError } from "./ending.ts";
import { toError } from "./error-object.ts";
import { type AnySerdes, type AnySerdesDeserializer, defaultSerdes, fromJson, toJson } from "./serdes.ts";
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

  /** A value as it is stored. When that fails the invocation ends, and this never resolves. */
  serialize(serdes: AnySerdes, value: unknown): string | undefined | Promise<string | undefined> {
    try {
      if (serdes === defaultSerdes) return toJson(value);
      const stored = Promise.resolve(serdes.serialize(value, this.#serdesContext()));
      return stored.catch((error) => this.#serdesFailed("Serialization", error));
    } catch (error) {
      return this.#serdesFailed("Serialization", error);
    }
  }

  /** A stored value. When that fails the invocation ends, and this never resolves. */
  // biome-ignore lint/suspicious/noExplicitAny: what was stored is what the caller's type says.
  deserialize(serdes: AnySerdesDeserializer, data: string | undefined): any {
    try {
      if (serdes === defaultSerdes) return fromJson(data);
      const value = Promise.resolve(serdes.deserialize(data, this.#serdesContext()));
      return value.catch((error) => this.#serdesFailed("Deserialization", error));
    } catch (error) {
      return this.#serdesFailed("Deserialization", error);
    }
  }

  /**
   * The value as a replay will see it: what was written is read back, so that a Date is a string in the first
   * invocation already. JSON gives these back unchanged, so they are spared.
   */
  // biome-ignore lint/suspicious/noExplicitAny: what was stored is what the caller's type says.
  roundTrip(serdes: AnySerdes, value: unknown, data: string | undefined): any {
    return serdes === defaultSerdes && isUnchangedByJson(value) ? value : this.deserialize(serdes, data);
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

function isUnchangedByJson(value: unknown): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "undefined":
      return true;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    default:
      return value === null;
  }
}
