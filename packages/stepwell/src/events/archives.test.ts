import {
  CreateArchiveCommand,
  type CreateArchiveCommandInput,
  CreateEventBusCommand,
  DeleteArchiveCommand,
  DescribeArchiveCommand,
  ListArchivesCommand,
  type ListArchivesCommandInput,
  PutEventsCommand,
  UpdateArchiveCommand,
} from "@aws-sdk/client-eventbridge";
import { expect, test } from "vitest";
import { statement } from "../store/store.ts";
import { onBothStores } from "../testing/event-nodes.ts";
import type { BusEvent } from "./bus-event.ts";
import { openEvents, refusal } from "./fixtures/event-bus.ts";
import { archivedEvents } from "./table/archived-events.ts";

const DAY_MS = 86_400_000;
const bus = (name: string) => `arn:aws:events:us-east-1:000000000000:event-bus/${name}`;
const archived = statement("test.archivedEvent", "SELECT archive_id, event FROM archived_events");
const kept = statement("test.archived", "SELECT COUNT(*) AS n FROM archived_events");

onBothStores((open) => {
  async function openArchive(more: Partial<CreateArchiveCommandInput> = {}) {
    const events = await openEvents(open);
    const input = { ArchiveName: "all", EventSourceArn: bus("default"), ...more };
    const created = await events.client.send(new CreateArchiveCommand(input));
    return {
      ...events,
      created,
      describe: () => events.client.send(new DescribeArchiveCommand({ ArchiveName: "all" })),
      put: (Source: string) =>
        events.client.send(new PutEventsCommand({ Entries: [{ Source, DetailType: "d", Detail: "{}" }] })),
    };
  }

  test("an archive keeps the events of its bus that match its pattern", async () => {
    const settings = { Description: "ours", EventPattern: '{"source":["shop"]}', RetentionDays: 1 };
    const { created, describe, put, nodes, client } = await openArchive(settings);
    const ArchiveArn = "arn:aws:events:us-east-1:000000000000:archive/all";
    const CreationTime = new Date(nodes.clock.now());
    expect(created).toMatchObject({ ArchiveArn, State: "ENABLED", CreationTime });
    const shown = { ArchiveName: "all", EventSourceArn: bus("default"), State: "ENABLED", CreationTime };
    expect(await describe()).toMatchObject({
      ArchiveArn,
      ...shown,
      ...settings,
      EventCount: 0,
      SizeBytes: 0,
    });
    await put("shop");
    await put("shop");
    await put("other");
    const { EventCount, SizeBytes } = await describe();
    expect(EventCount).toBe(2);
    expect(SizeBytes).toBeGreaterThan(300);
    const { Archives } = await client.send(new ListArchivesCommand({}));
    expect(Archives).toEqual([{ ...shown, RetentionDays: 1, EventCount, SizeBytes }]);
  });

  test("archives are updated, listed by prefix, bus and page, and deleted with what they keep", async () => {
    const { client, describe, put, nodes } = await openArchive();
    await put("shop");
    await client.send(new UpdateArchiveCommand({ ArchiveName: "all", EventPattern: '{"source":["x"]}' }));
    await put("shop");
    expect(await describe()).toMatchObject({
      EventCount: 1,
      EventPattern: '{"source":["x"]}',
      RetentionDays: 0,
    });
    await client.send(new CreateEventBusCommand({ Name: "b" }));
    for (const ArchiveName of ["a1", "a2"]) {
      await client.send(new CreateArchiveCommand({ ArchiveName, EventSourceArn: bus("b") }));
    }
    const names = async (input: ListArchivesCommandInput) =>
      (await client.send(new ListArchivesCommand(input))).Archives!.map(({ ArchiveName }) => ArchiveName);
    expect(await names({ NamePrefix: "a" })).toEqual(["a1", "a2", "all"]);
    expect(await names({ EventSourceArn: bus("b") })).toEqual(["a1", "a2"]);
    expect(await names({ State: "DISABLED" })).toEqual([]);
    const first = await client.send(new ListArchivesCommand({ Limit: 2 }));
    expect(await names({ Limit: 2, NextToken: first.NextToken })).toEqual(["all"]);
    await client.send(new DeleteArchiveCommand({ ArchiveName: "all" }));
    await nodes.settle();
    expect(await refusal(nodes, describe)).toBe("ResourceNotFoundException: Archive all does not exist.");
    expect(await nodes.nodes[0]!.store.read(kept, [])).toEqual([{ n: 0 }]);
  });

  test("an event that is archived in the moment in which its archive is deleted does not stay", async () => {
    const { client, put, nodes } = await openArchive();
    const { store } = nodes.nodes[0]!;
    await put("shop");
    const [row] = await store.read(archived, []);
    await client.send(new DeleteArchiveCommand({ ArchiveName: "all" }));
    await nodes.settle();
    // As the commit of a PutEvents that had found the archive before.
    const event = JSON.parse(String(row!.event)) as BusEvent;
    await store.commit([archivedEvents.insert(Number(row!.archive_id), event, 1)], { key: "late" });
    nodes.clock.advance(60_000);
    await nodes.settle();
    expect(await store.read(kept, [])).toEqual([{ n: 0 }]);
  });

  test("events past their retention are not counted, and removed", async () => {
    const { nodes, describe, put } = await openArchive({ RetentionDays: 2 });
    await put("shop");
    nodes.clock.advance(DAY_MS);
    await put("shop");
    nodes.clock.advance(DAY_MS + 1);
    expect((await describe()).EventCount).toBe(1);
    nodes.clock.advance(3_600_000);
    await nodes.settle();
    expect(await nodes.nodes[0]!.store.read(kept, [])).toEqual([{ n: 1 }]);
  });

  test("what makes no archive is refused", async () => {
    const { client, nodes } = await openArchive();
    const refused = (input: Partial<CreateArchiveCommandInput>) => {
      const command = { ArchiveName: "new", EventSourceArn: bus("default"), ...input };
      return refusal(nodes, () => client.send(new CreateArchiveCommand(command)));
    };
    expect(await refused({ ArchiveName: "all" })).toBe(
      "ResourceAlreadyExistsException: Archive all already exists.",
    );
    expect(await refused({ EventSourceArn: bus("none") })).toBe(
      "ResourceNotFoundException: Event bus none does not exist.",
    );
    expect(await refused({ EventPattern: "{}" })).toContain(
      "InvalidEventPatternException: Event pattern is not valid. Reason: Empty objects are not allowed",
    );
    expect(await refused({ RetentionDays: -1 })).toContain("at 'retentionDays' failed to satisfy constraint");
    const list = () => client.send(new ListArchivesCommand({ EventSourceArn: bus("none") }));
    expect(await refusal(nodes, list)).toBe("ResourceNotFoundException: Event bus none does not exist.");
    for (const Command of [DescribeArchiveCommand, UpdateArchiveCommand, DeleteArchiveCommand]) {
      // biome-ignore lint/suspicious/noExplicitAny: one client for commands of several types.
      expect(await refusal(nodes, () => client.send(new Command({ ArchiveName: "x" }) as any))).toBe(
        "ResourceNotFoundException: Archive x does not exist.",
      );
    }
  });
});
