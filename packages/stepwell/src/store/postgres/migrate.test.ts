import type { Client } from "pg";
import { expect, it } from "vitest";
import { checkServer } from "./migrate.ts";

const target = { url: "postgres://x/y", location: "postgres://x/y", schema: "stepwell" };

/** A server old enough cannot be had from npm; this one only tells its version. */
const server = (row: object): Client => ({ query: async () => ({ rows: [row] }) }) as unknown as Client;

it.each([
  [
    { version: 140011, name: "14.11", encoding: "UTF8", standby: 0 },
    /PostgreSQL 14.11: Stepwell needs 15 or newer/,
  ],
  [{ version: 160002, name: "16.2", encoding: "LATIN1", standby: 0 }, /LATIN1.*ENCODING 'UTF8'/],
  [{ version: 160002, name: "16.2", encoding: "UTF8", standby: 1 }, /standby.*URL of the primary/],
])("a server that a store cannot work on is refused with what to do: %o", async (row, advice) => {
  const refusal = checkServer(server(row), target);
  await expect(refusal).rejects.toMatchObject({ name: "StoreError", code: "StoreUnsupported" });
  await expect(refusal).rejects.toThrow(advice);
});

it("PostgreSQL 15 is new enough", async () => {
  await expect(
    checkServer(server({ version: 150000, name: "15.0", encoding: "UTF8", standby: 0 }), target),
  ).resolves.toBeUndefined();
});
