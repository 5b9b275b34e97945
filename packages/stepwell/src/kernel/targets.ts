import type { Change } from "../store/store.ts";
import { AwsError } from "./errors.ts";

/** What a delivery to a target adds to its sender's commit, and what to do once that is durable. */
export interface Delivery {
  readonly changes: readonly Change[];
  /** Wakes whoever works on what the changes made. */
  readonly committed: () => void;
}

/** One event on its way to a resource. */
export interface TargetEvent {
  /** Text: JSON for functions and buses, anything for queues and topics. */
  readonly payload: string;
  /** The ARN of what sends it. */
  readonly sourceArn: string;
  /** For queues and topics: what their message says besides its body. */
  readonly message?: TargetMessage;
  /** For buses: what their event says besides its detail, which is the payload. */
  readonly busEvent?: TargetBusEvent;
}

export interface TargetMessage {
  readonly attributes?: Readonly<Record<string, TargetAttribute>>;
  /** Of FIFO queues and topics. */
  readonly groupId?: string;
  readonly deduplicationId?: string;
  /** Of topics. */
  readonly subject?: string;
}

/** A message attribute as SQS and SNS have it; one of the values is there. */
export interface TargetAttribute {
  /** `String`, `Number`, `Binary`, with a label of the sender's after a dot; `String.Array` from SNS. */
  readonly dataType: string;
  readonly stringValue?: string;
  readonly binaryValue?: Uint8Array;
}

export interface TargetBusEvent {
  readonly source: string;
  readonly detailType: string;
  readonly resources?: readonly string[];
  /** Epoch milliseconds; the time of delivery by default. */
  readonly timeMs?: number;
}

/**
 * Makes the delivery of an event to one kind of resource. It looks up and decides, and changes nothing. Throws AwsError
 * when the resource is not there, or does not take this event: trying again would not help until somebody mends it.
 */
export type Target = (arn: string, event: TargetEvent) => Delivery | Promise<Delivery>;

/**
 * Where services meet without knowing each other: a sender asks for the changes that deliver an event and makes them
 * part of its own commit, so that a publish to a hundred subscribers is one commit, and nothing delivers by calling.
 */
export class Targets {
  readonly #targets = new Map<string, Target>();

  /** Says how events reach the resources of a service (the third part of their ARNs). */
  add(service: string, target: Target): void {
    this.#targets.set(service, target);
  }

  /** Whether there is a way to resources of that kind; not whether this one exists. */
  has(arn: string): boolean {
    return this.#targets.has(serviceOf(arn));
  }

  /** Throws InvalidParameterValueException for a kind of resource that nothing is delivered to. */
  async changes(arn: string, event: TargetEvent): Promise<Delivery> {
    const target = this.#targets.get(serviceOf(arn));
    if (!target) {
      throw new AwsError("InvalidParameterValueException", `Stepwell cannot deliver events to ${arn}.`);
    }
    return target(arn, event);
  }
}

function serviceOf(arn: string): string {
  return arn.split(":")[2] ?? "";
}
