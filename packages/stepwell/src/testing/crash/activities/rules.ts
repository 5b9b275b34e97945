import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateArchiveCommand,
  DescribeReplayCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  ResourceAlreadyExistsException,
  StartReplayCommand,
} from "@aws-sdk/client-eventbridge";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "vitest";
import type { Aftermath } from "../aftermath.ts";
import type { EffectRecord } from "../record.ts";
import { type Activity, type ActivityOptions, LOOK_MS } from "./activity.ts";

const BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default";
const ARCHIVE = "arn:aws:events:us-east-1:000000000000:archive/routed";
const FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:event";
const EVENTS = 12;

/** Events that a rule hands to a function, and that come again from an archive. */
export class Rules implements Activity {
  readonly #record: EffectRecord;
  readonly #acknowledged: string[] = [];
  #sent = 0;

  constructor({ record }: ActivityOptions) {
    this.#record = record;
  }

  async drive(lambda: LambdaClient): Promise<void> {
    const { protocol, hostname, port } = await lambda.config.endpoint!();
    const { region, credentials } = lambda.config;
    const endpoint = `${protocol}//${hostname}:${port}`;
    const client = new EventBridgeClient({ endpoint, region, credentials, maxAttempts: 1 });
    try {
      await this.#prepare(client);
      while (this.#acknowledged.length < EVENTS) await this.#put(client);
      await this.#untilHandled(client, 1);
      await this.#replay(client);
      await this.#untilHandled(client, 2);
    } finally {
      client.destroy();
    }
  }

  check(_: Aftermath): void {
    for (const id of this.#acknowledged) {
      expect(this.#record.count("handled", id), `${id}, put and replayed`).toBeGreaterThanOrEqual(2);
    }
  }

  async #prepare(client: EventBridgeClient): Promise<void> {
    const rule = { Name: "routed", EventPattern: '{"source":["crash"]}' };
    await client.send(new PutRuleCommand(rule));
    const target = { Id: "f", Arn: FUNCTION, InputPath: "$.detail" };
    await client.send(new PutTargetsCommand({ Rule: "routed", Targets: [target] }));
    await client
      .send(new CreateArchiveCommand({ ArchiveName: "routed", EventSourceArn: BUS }))
      .catch(unlessThere);
  }

  /** Two at once: one commit takes both, or none. */
  async #put(client: EventBridgeClient): Promise<void> {
    const ids = [`routed ${this.#sent++}`, `routed ${this.#sent++}`];
    const Entries = ids.map((id) => ({
      ...{ Source: "crash", DetailType: "d", Detail: JSON.stringify({ id, fails: false }) },
    }));
    const { FailedEntryCount } = await client.send(new PutEventsCommand({ Entries }));
    expect(FailedEntryCount).toBe(0);
    this.#acknowledged.push(...ids);
  }

  async #replay(client: EventBridgeClient): Promise<void> {
    const times = { EventStartTime: new Date(0), EventEndTime: new Date(Date.UTC(2100, 0, 1)) };
    const start = { ReplayName: "again", EventSourceArn: ARCHIVE, Destination: { Arn: BUS }, ...times };
    await client.send(new StartReplayCommand(start)).catch(unlessThere);
    for (;;) {
      const { State } = await client.send(new DescribeReplayCommand({ ReplayName: "again" }));
      if (State === "COMPLETED") return;
      await sleep(LOOK_MS);
    }
  }

  async #untilHandled(client: EventBridgeClient, times: number): Promise<void> {
    while (!this.#acknowledged.every((id) => this.#record.count("handled", id) >= times)) {
      await sleep(LOOK_MS);
      // Rejects when the server has gone.
      await client.send(new PutRuleCommand({ Name: "idle", EventPattern: '{"source":["nobody"]}' }));
    }
  }
}

/** What an earlier try, whose answer was lost, has made. */
function unlessThere(error: unknown): void {
  if (!(error instanceof ResourceAlreadyExistsException)) throw error;
}
