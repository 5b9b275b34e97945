import { describe, expect, it } from "vitest";
import { referToBlob } from "../blobs/blobs.ts";
import { change, collect, rejection, type Suite } from "./suite.ts";
import { addItem, CONTRACT_MIGRATIONS, oneItem } from "./tables.ts";

/** The end of a store, and its next opening. */
export function describeClosing(suite: Suite): void {
  describe("closing", () => {
    it("waits for the commits under way; then everything is refused", async () => {
      const other = await suite.makePlace();
      try {
        const closing = await other.open(CONTRACT_MIGRATIONS);
        const commits = Array.from({ length: 100 }, (_, n) =>
          closing.commit([change(addItem, [`i${n}`, n], 1)], { key: `${n % 7}` }),
        );
        const hash = "0".repeat(64);
        await closing.close();
        expect(await Promise.all(commits)).toHaveLength(100);
        await closing.close();
        for (const refused of [
          closing.read(oneItem, ["i1"]),
          closing.commit([change(addItem, ["late", 1])], { key: "late" }),
          closing.putBlob(new Uint8Array(1)),
          closing.collectBlobs(0),
          collect(closing.openBlob(hash)),
        ]) {
          expect(await rejection(refused)).toMatchObject({ name: "StoreError", code: "StoreClosed" });
        }
        const again = await other.open(CONTRACT_MIGRATIONS);
        const rows = await again.read(oneItem, ["i99"]);
        expect(rows).toEqual(other.persistent ? [{ id: "i99", version: 99 }] : []);
        expect(await again.read(oneItem, ["late"])).toEqual([]);
        await again.close();
      } finally {
        await other.remove();
      }
    });

    it("keeps blobs and references for the next opening", async () => {
      const other = await suite.makePlace();
      if (!other.persistent) return expect(other.persistent).toBe(false);
      try {
        const before = await other.open(CONTRACT_MIGRATIONS);
        const hash = await before.putBlob(Uint8Array.of(1, 2, 3));
        await before.commit([change(referToBlob, ["owner", hash])], { key: "owner" });
        await before.close();
        const after = await other.open(CONTRACT_MIGRATIONS);
        other.clock.advance(100);
        expect(await after.collectBlobs(10)).toBe(0);
        expect(await collect(after.openBlob(hash))).toEqual(Buffer.of(1, 2, 3));
        await after.close();
      } finally {
        await other.remove();
      }
    });
  });
}
