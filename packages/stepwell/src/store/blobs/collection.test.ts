import { afterEach, beforeEach, expect, test } from "vitest";
import { VirtualClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { openSqliteStore } from "../sqlite.ts";
import { type Store, statement } from "../store.ts";
import { referToBlob, releaseBlobs } from "./blobs.ts";
import { BlobCollection } from "./collection.ts";

const HOUR_MS = 3_600_000;
const everyBlob = statement("test.blobs", "SELECT hash FROM blobs ORDER BY stored_at");

let clock: VirtualClock;
let store: Store;
let collection: BlobCollection;
beforeEach(async () => {
  clock = new VirtualClock();
  store = await openSqliteStore({ folder: ":memory:", clock, log: silentLogger });
  collection = new BlobCollection(store, clock, silentLogger);
});
afterEach(async () => {
  await collection.close();
  await store.close();
});

const put = (text: string) => store.putBlob(Buffer.from(text));
const blobs = async () => (await store.read(everyBlob, [])).map(({ hash }) => hash);
/** Lets a collection that has begun come to its end, and no other begin. */
const collected = () => collection.close();

test("a blob that was left behind is removed when the server starts, a new one is not", async () => {
  await put("left behind");
  clock.advance(HOUR_MS + 1);
  const fresh = await put("fresh");
  collection.start();
  await collected();
  expect(await blobs()).toEqual([fresh]);
});

test("a blob stays for as long as something refers to it, and goes within two hours after", async () => {
  const hash = await put("referred to");
  await store.commit([{ statement: referToBlob, params: ["owner", hash] }], { key: "owner" });
  clock.advance(2 * HOUR_MS);
  collection.start();
  await collected();
  expect(await blobs()).toEqual([hash]);
  collection.start();
  await store.commit([{ statement: releaseBlobs, params: ["owner"] }], { key: "owner" });
  clock.advance(HOUR_MS);
  await collected();
  expect(await blobs()).toEqual([]);
});

test("a store that is in trouble is asked again an hour later", async () => {
  await put("left behind");
  clock.advance(HOUR_MS + 1);
  let asked = 0;
  const troubled = new Proxy(store, {
    get(target, name) {
      if (name === "collectBlobs" && ++asked === 1)
        return () => Promise.reject(new Error("The disk is away."));
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  collection = new BlobCollection(troubled, clock, silentLogger);
  collection.start();
  clock.advance(HOUR_MS);
  await collected();
  expect(asked).toBe(2);
  expect(await blobs()).toEqual([]);
});
