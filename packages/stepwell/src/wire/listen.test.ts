import { once } from "node:events";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CallContext } from "../kernel/context.ts";
import { silentLogger } from "../kernel/logger.ts";
import { clientOptions, listenRecording } from "./fixtures/served.ts";
import { listen } from "./listen.ts";

const INVOKE = "/2015-03-31/functions/greet/invocations";

let served: Awaited<ReturnType<typeof listenRecording>>;
beforeEach(async () => {
  served = await listenRecording();
});
afterEach(() => served.listener.close(0));

/** An operation that runs until the test lets it end, and the context it was called with. */
function held(): { started: Promise<CallContext>; finish: (output: object) => void } {
  let finish: (output: object) => void = () => {};
  const output = new Promise<object>((resolve) => {
    finish = resolve;
  });
  const started = new Promise<CallContext>((resolve) => {
    served.reply = (context) => {
      resolve(context);
      return output;
    };
  });
  return { started, finish };
}

function post(path: string, agent?: Agent): Promise<IncomingMessage> {
  const { port } = served.listener;
  return new Promise((resolve, reject) => {
    httpRequest({ port, path, agent, method: "POST" }, resolve).on("error", reject).end("{}");
  });
}

async function rawSocket(head: string): Promise<Socket> {
  const socket = connect(served.listener.port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(head);
  return socket;
}

describe("a client that goes away", () => {
  test("aborts the signal of the operation that runs for it", async () => {
    const { started } = held();
    const abort = new AbortController();
    const call = fetch(served.listener.url + INVOKE, { method: "POST", body: "{}", signal: abort.signal });
    const { signal } = await started;
    expect(signal.aborted).toBe(false);

    abort.abort();

    await expect(call).rejects.toThrow("aborted");
    if (!signal.aborted) await once(signal, "abort");
    expect(signal.aborted).toBe(true);
  });

  test("in the middle of its body calls nothing, and the server goes on", async () => {
    const socket = await rawSocket(
      `POST ${INVOKE} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"half":`,
    );
    socket.destroy();
    await once(socket, "close");

    expect((await post(INVOKE)).statusCode).toBe(200);
    expect(served.calls).toHaveLength(1);
  });

  test("a finished request does not abort its signal", async () => {
    await text(await post(INVOKE));
    expect(served.calls[0]?.context.signal.aborted).toBe(false);
  });
});

describe("a body that is too long", () => {
  test("AWS's client gets the error, though it was still sending", async () => {
    const client = new LambdaClient(clientOptions(served.listener));
    const failure = await client
      .send(new InvokeCommand({ FunctionName: "f", Payload: Buffer.alloc(7_000_000, "1") }))
      .catch((error: unknown) => error);
    client.destroy();
    expect(failure).toMatchObject({
      name: "RequestEntityTooLargeException",
      message: "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
      $metadata: { httpStatusCode: 413 },
    });
    expect(served.calls).toEqual([]);
  });

  test("is refused for the length that it announces, before any of it has come", async () => {
    const socket = await rawSocket(`POST ${INVOKE} HTTP/1.1\r\nhost: x\r\ncontent-length: 7000000\r\n\r\n`);
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });
});

describe("connections", () => {
  test("are kept for the next request", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const first = await post(INVOKE, agent);
    const port = first.socket.localPort;
    await text(first);
    const second = await post(INVOKE, agent);
    expect(second.socket.localPort).toBe(port);
    await text(second);
    agent.destroy();
  });

  test("a request that is no HTTP gets a 400 and the server goes on", async () => {
    const socket = await rawSocket("this is no request\r\n\r\n");
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 Bad Request/);
    expect((await post(INVOKE)).statusCode).toBe(200);
  });

  test("a header that HTTP cannot carry is a 500 and not a broken connection", async () => {
    served.reply = () => ({ StatusCode: 200, FunctionError: "line\nbreak" });
    expect((await post(INVOKE)).statusCode).toBe(500);
  });
});

describe("closing", () => {
  test("lets a running request finish, ends idle connections and takes no new ones", async () => {
    const agent = new Agent({ keepAlive: true });
    await text(await post(INVOKE, agent));
    const { started, finish } = held();
    const running = post(INVOKE);
    await started;

    const closed = served.listener.close(60_000);
    await expect(post(INVOKE)).rejects.toThrow("ECONNREFUSED");
    finish({ StatusCode: 200, Payload: Buffer.from("done") });

    const response = await running;
    expect(response.headers.connection).toBe("close");
    expect(await text(response)).toBe("done");
    await closed;
    agent.destroy();
  });

  test("cuts what outlasts the grace time, and tells the operation", async () => {
    const { started } = held();
    const running = post(INVOKE);
    const { signal } = await started;

    const cut = expect(running).rejects.toThrow("socket hang up");
    await served.listener.close(1);

    await cut;
    expect(signal.aborted).toBe(true);
  });
});

describe("a port that cannot be had", () => {
  test("in use: the error names it and says what to do", async () => {
    const { port } = served.listener;
    await expect(listen(served.handle, { port, host: "127.0.0.1", log: silentLogger })).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is in use, perhaps by another Stepwell. Stop that, or choose another port.`,
    );
  });

  test("on an address that the machine does not have", async () => {
    await expect(listen(served.handle, { port: 0, host: "192.0.2.1", log: silentLogger })).rejects.toThrow(
      "This machine has no address 192.0.2.1. Listen on 127.0.0.1, or on 0.0.0.0 for all its addresses.",
    );
  });
});
