import {
  AddPermissionCommand,
  CreateFunctionUrlConfigCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { createFunction, eventually, onWholeNodes } from "../testing/whole-nodes.ts";

/** Writes a part, and another only when the file that the event names is there. */
const PARTS = `
  import { existsSync } from "node:fs";
  import { setTimeout as sleep } from "node:timers/promises";
  export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
    const { file, fails, type, head } = event.queryStringParameters ?? event;
    if (type) stream.setContentType(type);
    if (head) stream = awslambda.HttpResponseStream.from(stream, JSON.parse(head));
    if (fails === "first") throw new Error("no");
    stream.write("one ");
    while (file && !existsSync(file)) await sleep(10);
    if (fails === "later") throw new Error("no");
    stream.write(context.functionName);
    stream.end();
  });`;

onWholeNodes((open) => {
  async function opened() {
    const nodes = await open();
    const lambda = nodes.client(LambdaClient);
    await createFunction(lambda, "parts", PARTS);
    return { lambda };
  }
  type Lambda = Awaited<ReturnType<typeof opened>>["lambda"];

  const payload = (event: object) => Buffer.from(JSON.stringify(event));
  const invoke = async (lambda: Lambda, event: object, FunctionName = "parts") => {
    const { EventStream, ...head } = await lambda.send(
      new InvokeWithResponseStreamCommand({ FunctionName, LogType: "Tail", Payload: payload(event) }),
    );
    return { head, events: EventStream![Symbol.asyncIterator]() };
  };
  const rest = async (events: AsyncIterator<object>) => {
    let text = "";
    for (;;) {
      const { value } = await events.next();
      if (!value.PayloadChunk) return { text, end: value.InvokeComplete };
      text += Buffer.from(value.PayloadChunk.Payload).toString();
    }
  };
  async function newFile(): Promise<string> {
    const { mkdtemp } = await import("node:fs/promises");
    const { tmpdir } = await import("node:os");
    return `${await mkdtemp(`${tmpdir()}/stepwell-stream-`)}/go`;
  }
  async function write(file: string): Promise<void> {
    const { writeFile } = await import("node:fs/promises");
    await writeFile(file, "");
  }

  describe("a function that streams", () => {
    test("is read while it writes", async () => {
      const { lambda } = await opened();
      const file = await newFile();
      const { head, events } = await invoke(lambda, { file });
      expect(head).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
      const { value } = await events.next();
      expect(Buffer.from(value.PayloadChunk.Payload).toString()).toBe("one ");
      await write(file);
      const { text, end } = await rest(events);
      expect(text).toBe("parts");
      expect(end).not.toHaveProperty("ErrorCode");
      expect(Buffer.from(end.LogResult, "base64").toString()).toContain("END RequestId");
    });

    test("tells at the end that it failed", async () => {
      const { lambda } = await opened();
      for (const fails of ["first", "later"]) {
        const { events } = await invoke(lambda, { fails });
        const { text, end } = await rest(events);
        expect(text).toBe(fails === "first" ? "" : "one ");
        expect(end.ErrorCode).toBe("Unhandled");
        expect(JSON.parse(end.ErrorDetails)).toMatchObject({ errorType: "Error", errorMessage: "no" });
      }
    });

    test("may be invoked as any other, and any other as it", async () => {
      const { lambda } = await opened();
      const { Payload } = await lambda.send(
        new InvokeCommand({ FunctionName: "parts", Payload: payload({}) }),
      );
      expect(Buffer.from(Payload!).toString()).toBe("one parts");
      await createFunction(lambda, "plain", "export const handler = async () => ({ a: 1 });");
      const { events } = await invoke(lambda, {}, "plain");
      expect((await rest(events)).text).toBe('{"a":1}');
    });

    test("sends much through a reader that is slow", async () => {
      const { lambda } = await opened();
      await createFunction(
        lambda,
        "much",
        `import { pipeline } from "node:stream/promises";
         export const handler = awslambda.streamifyResponse(async (_, stream) => {
           await pipeline(async function* () { for (let i = 0; i < 300; i++) yield Buffer.alloc(65536, i); }, stream);
         });`,
        { MemorySize: 512 },
      );
      const { events } = await invoke(lambda, {}, "much");
      let bytes = 0;
      for (;;) {
        const { value } = await events.next();
        if (!value.PayloadChunk) break;
        bytes += value.PayloadChunk.Payload.length;
      }
      expect(bytes).toBe(300 * 65536);
    });
  });

  describe("the URL of a function that streams", () => {
    async function url(lambda: Lambda): Promise<string> {
      const FunctionName = "parts";
      await lambda.send(
        new AddPermissionCommand({
          ...{ FunctionName, StatementId: "public", Principal: "*" },
          ...{ Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" },
        }),
      );
      const made = await lambda.send(
        new CreateFunctionUrlConfigCommand({
          ...{ FunctionName, AuthType: "NONE", InvokeMode: "RESPONSE_STREAM" },
        }),
      );
      return made.FunctionUrl!;
    }

    test("is answered while it writes, with the type that it sets", async () => {
      const { lambda } = await opened();
      const file = await newFile();
      const query = new URLSearchParams({ file, type: "text/event-stream" });
      const answered = await fetch(`${await url(lambda)}?${query}`);
      expect([answered.status, answered.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
      const reader = answered.body!.getReader();
      const read = async () => Buffer.from((await reader.read()).value ?? []).toString();
      expect(await read()).toBe("one ");
      await write(file);
      expect(await read()).toBe("parts");
      expect((await reader.read()).done).toBe(true);
    });

    test("may begin with status, headers and cookies", async () => {
      const { lambda } = await opened();
      const head = {
        statusCode: 201,
        headers: { "Content-Type": "text/html", "X-A": "b" },
        cookies: ["c=d"],
      };
      const answered = await fetch(
        `${await url(lambda)}?${new URLSearchParams({ head: JSON.stringify(head) })}`,
      );
      expect(answered.status).toBe(201);
      expect(Object.fromEntries(answered.headers)).toMatchObject({ "content-type": "text/html", "x-a": "b" });
      expect(answered.headers.getSetCookie()).toEqual(["c=d"]);
      expect(await answered.text()).toBe("one parts");
    });

    test("is a bad gateway if it fails before, and broken off if it fails later", async () => {
      const { lambda } = await opened();
      const base = await url(lambda);
      const first = await fetch(`${base}?fails=first`);
      expect([first.status, await first.text()]).toEqual([502, "Internal Server Error"]);
      const file = await newFile();
      const later = await fetch(`${base}?${new URLSearchParams({ fails: "later", file })}`);
      expect(later.status).toBe(200);
      await write(file);
      await expect(later.text()).rejects.toThrow();
      const again = await eventually(async () => (await fetch(base)).text());
      expect(again).toBe("one parts");
    });
  });
});
