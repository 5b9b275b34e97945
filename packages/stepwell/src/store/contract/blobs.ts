import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { referToBlob, releaseBlob, releaseBlobs } from "../blobs/blobs.ts";
import { Conflict } from "../errors.ts";
import { change, collect, rejection, type Suite } from "./suite.ts";

/** Blobs, their references and their collection. */
export function describeBlobs(suite: Suite): void {
  describe("a blob", () => {
    const SIZE = 700_001;
    const content = (seed: number, size = SIZE) =>
      Uint8Array.from({ length: size }, (_, i) => (i * 31 + seed) % 251);
    async function* pieces(bytes: Uint8Array, size: number) {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }
    const read = (hash: string, range?: { start: number; end: number }) =>
      collect(suite.store.openBlob(hash, range));
    const exists = (hash: string) =>
      read(hash).then(
        () => true,
        (error) => {
          expect(error).toMatchObject({ name: "StoreError", code: "BlobNotFound" });
          return false;
        },
      );

    it("is named by the SHA-256 of its bytes", async () => {
      const hash = await suite.store.putBlob(new TextEncoder().encode("hello"));
      expect(hash).toBe("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
      expect((await read(hash)).toString()).toBe("hello");
    });

    it("may be empty", async () => {
      const hash = await suite.store.putBlob(new Uint8Array(0));
      expect(hash).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
      expect(await read(hash)).toHaveLength(0);
    });

    it.each([1000, 65_536, 262_144, 1_000_000])("comes as a stream of pieces of %i bytes", async (size) => {
      const bytes = content(size);
      const hash = await suite.store.putBlob(pieces(bytes, size));
      expect((await read(hash)).equals(bytes)).toBe(true);
    });

    it.each([
      [0, 1],
      [262_143, 262_146],
      [262_144, 524_288],
      [500_000, SIZE],
      [SIZE - 1, SIZE + 1000],
      [SIZE, SIZE + 1],
      [SIZE + 5, SIZE + 6],
      [17, 17],
    ])("is read in part: %i to %i", async (start, end) => {
      const bytes = content(1);
      const hash = await suite.store.putBlob(bytes);
      expect((await read(hash, { start, end })).equals(bytes.subarray(start, end))).toBe(true);
    });

    it("put many times at once is one blob", async () => {
      const bytes = content(2);
      const hashes = await Promise.all(
        [1, 2, 3, 4, 5].map((n) => suite.store.putBlob(pieces(bytes, n * 50_000))),
      );
      expect(new Set(hashes).size).toBe(1);
      expect((await read(hashes[0]!)).equals(bytes)).toBe(true);
      suite.place.clock.advance(10);
      await suite.store.collectBlobs(5);
      expect(await exists(hashes[0]!)).toBe(false);
    });

    it("that nobody stored is not found, and a bad name or range is refused", async () => {
      expect(await exists("0".repeat(64))).toBe(false);
      for (const hash of ["../../etc/passwd", "", "ABC", "0".repeat(63)]) {
        await expect(read(hash)).rejects.toMatchObject({ code: "BadParameter" });
      }
      const hash = await suite.store.putBlob(content(3, 10));
      for (const range of [
        { start: -1, end: 2 },
        { start: 3, end: 2 },
        { start: 0.5, end: 2 },
        { start: 0, end: Number.NaN },
      ]) {
        await expect(read(hash, range)).rejects.toMatchObject({ code: "BadParameter" });
      }
    });

    it("whose stream fails is not stored, and the failure is passed on", async () => {
      const broken = async function* () {
        yield content(4, 600_000);
        throw new Error("the sender hung up");
      };
      suite.place.clock.advance(10);
      await suite.store.collectBlobs(5);
      await expect(suite.store.putBlob(broken())).rejects.toThrow("the sender hung up");
      suite.place.clock.advance(10);
      expect(await suite.store.collectBlobs(5)).toBe(0);
    });

    it("is collected when nothing refers to it and it is old enough", async () => {
      suite.place.clock.advance(1001);
      await suite.store.collectBlobs(1000);
      const hash = await suite.store.putBlob(content(5));
      expect(await suite.store.collectBlobs(1000)).toBe(0);
      expect(await exists(hash)).toBe(true);
      suite.place.clock.advance(1001);
      const young = await suite.store.putBlob(content(6));
      expect(await suite.store.collectBlobs(1000)).toBe(1);
      expect(await exists(hash)).toBe(false);
      expect(await exists(young)).toBe(true);
    });

    it("is kept while one of its owners refers to it", async () => {
      const [a, b] = [suite.fresh(), suite.fresh()];
      const hash = await suite.store.putBlob(content(7));
      const other = await suite.store.putBlob(content(8));
      await suite.commit(a, change(referToBlob, [a, hash]), change(referToBlob, [a, other]));
      await suite.commit(b, change(referToBlob, [b, hash]), change(referToBlob, [b, hash]));
      suite.place.clock.advance(100);
      await suite.store.collectBlobs(10);
      expect([await exists(hash), await exists(other)]).toEqual([true, true]);

      await suite.commit(a, change(releaseBlobs, [a]));
      await suite.store.collectBlobs(10);
      expect([await exists(hash), await exists(other)]).toEqual([true, false]);

      await suite.commit(b, change(releaseBlob, [b, hash], 1));
      await suite.store.collectBlobs(10);
      expect(await exists(hash)).toBe(false);
    });

    it("that was collected cannot be referred to until it is put again", async () => {
      const owner = suite.fresh();
      const hash = await suite.store.putBlob(content(9));
      suite.place.clock.advance(100);
      await suite.store.collectBlobs(10);
      expect(await rejection(suite.commit(owner, change(referToBlob, [owner, hash])))).toBeInstanceOf(
        Conflict,
      );
      expect(await suite.store.putBlob(content(9))).toBe(hash);
      await suite.commit(owner, change(referToBlob, [owner, hash]));
      suite.place.clock.advance(100);
      await suite.store.collectBlobs(10);
      expect(await exists(hash)).toBe(true);
    });

    it("put again counts as new", async () => {
      const hash = await suite.store.putBlob(content(10));
      suite.place.clock.advance(100);
      await suite.store.putBlob(content(10));
      await suite.store.collectBlobs(50);
      expect(await exists(hash)).toBe(true);
    });

    it("referred to while it is being collected is either kept or refused, never lost", async () => {
      const hashes = await Promise.all(
        Array.from({ length: 30 }, (_, n) => suite.store.putBlob(content(n, 5000 + n))),
      );
      suite.place.clock.advance(100);
      const owner = suite.fresh();
      const [, ...results] = await Promise.allSettled([
        suite.store.collectBlobs(10),
        ...hashes.map(async (hash, n) => {
          if (n % 3 === 0) await delay(n / 10);
          if (n % 2 === 0) await suite.store.putBlob(content(n, 5000 + n));
          await suite.commit(`${owner}${n}`, change(referToBlob, [owner, hash]));
        }),
      ]);
      for (const [n, hash] of hashes.entries()) {
        const kept = results[n]!.status === "fulfilled";
        if (!kept) expect((results[n] as PromiseRejectedResult).reason).toBeInstanceOf(Conflict);
        if (n % 2 === 0) expect(kept).toBe(true);
        expect(await exists(hash)).toBe(kept);
      }
    });
  });
}
