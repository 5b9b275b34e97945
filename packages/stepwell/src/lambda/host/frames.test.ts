import { connect, createServer, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { FrameConnection } from "./frames.ts";

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** Two ends of a real socket. */
async function pair(): Promise<[Socket, Socket]> {
  let accept!: (socket: Socket) => void;
  const accepted = new Promise<Socket>((resolve) => {
    accept = resolve;
  });
  const server = createServer((socket) => accept(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = connect((server.address() as { port: number }).port, "127.0.0.1");
  const other = await accepted;
  open.push(() => {
    client.destroy();
    other.destroy();
    server.close();
  });
  return [client, other];
}

test("messages of one turn travel together and arrive in order", async () => {
  const [here, there] = await pair();
  const batches: unknown[][] = [];
  const arrived = new Promise<void>((resolve) => {
    new FrameConnection(
      there,
      (messages) => {
        batches.push([...messages]);
        if (batches.flat().length === 5) resolve();
      },
      "server",
    );
  });
  const sender = new FrameConnection(here, () => {}, "instance");
  for (const message of ["a", { b: "ü€😀" }, ["c"]]) sender.send(message);
  await new Promise((resolve) => setTimeout(resolve, 20));
  sender.send(1);
  sender.send(null);
  await arrived;
  expect(batches).toEqual([
    ["a", { b: "ü€😀" }, ["c"]],
    [1, null],
  ]);
});

test("a frame may arrive in any pieces", async () => {
  const [here, there] = await pair();
  const text = Buffer.from(JSON.stringify([{ text: "€".repeat(100) }]));
  const header = Buffer.alloc(4);
  header.writeUInt32LE(text.length);
  const bytes = Buffer.concat([header, text, header, text]);
  const received: unknown[] = [];
  const done = new Promise<void>((resolve) => {
    new FrameConnection(
      there,
      (messages) => {
        received.push(...messages);
        if (received.length === 2) resolve();
      },
      "server",
    );
  });
  here.setNoDelay(true);
  for (const byte of bytes.subarray(0, 10)) {
    here.write(Uint8Array.of(byte));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  here.write(bytes.subarray(10, 200));
  await new Promise((resolve) => setTimeout(resolve, 5));
  here.write(bytes.subarray(200));
  await done;
  expect(received).toEqual([{ text: "€".repeat(100) }, { text: "€".repeat(100) }]);
});

test("a peer that sends something else is cut off", async () => {
  for (const bytes of [Buffer.from([3, 0, 0, 0, 120, 120, 120]), Buffer.from([255, 255, 255, 255, 0])]) {
    const [here, there] = await pair();
    const messages: unknown[] = [];
    new FrameConnection(there, (more) => messages.push(...more), "server");
    there.on("error", () => {});
    const closed = new Promise<void>((resolve) => there.on("close", () => resolve()));
    here.write(bytes);
    await closed;
    expect(messages).toEqual([]);
  }
});

test("a peer that does not read its replies is not read from until it does", async () => {
  const [here, there] = await pair();
  let served = 0;
  const server = new FrameConnection<string, string>(
    there,
    (messages) => {
      served += messages.length;
      for (const _ of messages) server.send("x".repeat(100_000));
    },
    "server",
  );
  here.pause();
  const text = JSON.stringify(["x".repeat(10_000)]);
  const header = Buffer.alloc(4);
  header.writeUInt32LE(text.length);
  const request = Buffer.concat([header, Buffer.from(text)]);
  const ask = async (count: number) => {
    for (let i = 0; i < count; i++) {
      here.write(request);
      if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  await ask(2000);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const servedWhileBehind = served;
  expect(servedWhileBehind).toBeLessThan(2000);
  here.resume();
  while (served < 2000) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(served).toBe(2000);
});
