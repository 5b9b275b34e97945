import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ids } from "../../kernel/ids.ts";
import { FrameConnection } from "./frames.ts";
import type { FromInstance, InstanceConnection, ToInstance } from "./protocol.ts";

/** What is done with a connection once its instance has shown its token. */
export interface ExpectedInstance {
  connected(connection: InstanceConnection): void;
  received(messages: readonly FromInstance[]): void;
  disconnected(): void;
}

/**
 * Where instances connect: a unix socket in a folder that only this user may enter, or a named pipe on Windows. Each
 * instance is let in by its own random token, once.
 */
export class InstanceListener {
  readonly path: string;
  readonly #folder: string | undefined;
  readonly #server: Server;
  readonly #expected = new Map<string, ExpectedInstance>();
  readonly #ids: Ids;

  /** Listens from now on: Node binds a local socket before `listen` returns. */
  constructor(ids: Ids) {
    const windows = process.platform === "win32";
    this.#ids = ids;
    this.#folder = windows ? undefined : mkdtempSync(join(tmpdir(), "stepwell-"));
    this.path = this.#folder ? join(this.#folder, "host") : `\\\\.\\pipe\\stepwell-${ids.uuid()}`;
    this.#server = createServer((socket) => this.#admit(socket));
    this.#server.listen(this.path);
  }

  /** The token by which the instance will be known. */
  expect(instance: ExpectedInstance): string {
    const token = `${this.#ids.uuid()}${this.#ids.uuid()}`;
    this.#expected.set(token, instance);
    return token;
  }

  /** To be told of an instance that has ended: it may never have connected. */
  forget(token: string): void {
    this.#expected.delete(token);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }

  #admit(socket: Socket): void {
    let instance: ExpectedInstance | undefined;
    const connection = new FrameConnection<FromInstance, ToInstance>(
      socket,
      (messages) => {
        if (instance) return instance.received(messages);
        const [hello, ...rest] = messages;
        instance = hello?.kind === "hello" ? this.#expected.get(hello.token) : undefined;
        if (!instance || hello?.kind !== "hello") return void socket.destroy();
        this.#expected.delete(hello.token);
        instance.connected(connection);
        if (rest.length > 0) instance.received(rest);
      },
      "server",
    );
    // A reset connection is the ordinary end of a killed child: "close" follows and says all there is to say.
    socket.on("error", () => {});
    socket.on("close", () => instance?.disconnected());
  }
}
