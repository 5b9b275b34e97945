import { isExact, parseExactly } from "./exact-json.ts";

/** An event on a bus. */
export interface BusEvent {
  readonly id: string;
  readonly detailType: string;
  readonly source: string;
  readonly account: string;
  readonly timeMs: number;
  readonly region: string;
  readonly resources: readonly string[];
  /** JSON text of an object, as it was put. */
  readonly detail: string;
  /** The name of the replay that it comes from. */
  readonly replayName?: string;
}

/** The time as events have it: `2030-01-01T00:00:00Z`. */
export function eventTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/**
 * The event as targets get it
 * (https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html). The detail is put in as it is, so
 * that nothing of it is lost.
 */
function eventJson(event: BusEvent): string {
  const { replayName } = event;
  const members: [string, string][] = [
    ["version", '"0"'],
    ["id", JSON.stringify(event.id)],
    ["detail-type", JSON.stringify(event.detailType)],
    ["source", JSON.stringify(event.source)],
    ["account", JSON.stringify(event.account)],
    ["time", JSON.stringify(eventTime(event.timeMs))],
    ["region", JSON.stringify(event.region)],
    ...(replayName === undefined ? [] : [["replay-name", JSON.stringify(replayName)] as [string, string]]),
    ["resources", JSON.stringify(event.resources)],
    ["detail", event.detail],
  ];
  return `{${members.map(([name, value]) => `"${name}":${value}`).join(",")}}`;
}

/** An event with what is needed of it more than once, made when it is asked for. */
export class HeldEvent {
  readonly event: BusEvent;
  #json: string | undefined;
  #parsed: Readonly<Record<string, unknown>> | undefined;
  #exact: unknown;

  constructor(event: BusEvent) {
    this.event = event;
  }

  get json(): string {
    this.#json ??= eventJson(this.event);
    return this.#json;
  }

  get parsed(): Readonly<Record<string, unknown>> {
    this.#parsed ??= JSON.parse(this.json) as Record<string, unknown>;
    return this.#parsed;
  }

  /** Parsed for what is taken out of it and passed on: targets get its numbers as they were put. */
  get exact(): unknown {
    this.#exact ??= isExact(this.json) ? this.parsed : parseExactly(this.json);
    return this.#exact;
  }
}
