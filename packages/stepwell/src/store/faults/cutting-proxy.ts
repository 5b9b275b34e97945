import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * What becomes of the next COMMIT that a client sends:
 * - `after`: the server gets it, the client never hears of it.
 * - `before`: it is lost, and the server loses its client.
 * - `late`: the client is cut off; the server gets all of the flush that has not reached it when `deliver` is called.
 */
type Cut = "after" | "before" | "late";

/** A TCP proxy before a PostgreSQL server that cuts a connection at the moment of its COMMIT. */
export class CuttingProxy {
  readonly #target: URL;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #cut: Cut | undefined;
  #held: (() => void)[] = [];
  #refusing = false;
  /** How many connections were cut. */
  cuts = 0;

  constructor(url: string) {
    this.#target = new URL(url);
    this.#server = createServer((client) => this.#join(client));
  }

  /** Resolves to the server's URL through the proxy. */
  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const url = new URL(this.#target);
    url.port = String((this.#server.address() as { port: number }).port);
    return url.href;
  }

  /** Does so to the next COMMIT, whoever sends it; `refuse` then lets nobody connect any more. */
  cutNextCommit(cut: Cut, options: { readonly refuse?: boolean } = {}): void {
    this.#cut = cut;
    this.#refuseAfterwards = options.refuse ?? false;
  }
  #refuseAfterwards = false;

  /** Lets clients connect again. */
  accept(): void {
    this.#refusing = false;
  }

  /** Sends the server what was held back. */
  deliver(): void {
    for (const send of this.#held.splice(0)) send();
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #join(client: Socket): void {
    if (this.#refusing) {
      client.destroy();
      return;
    }
    const server = connect(Number(this.#target.port), this.#target.hostname);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => {}); // It is the other side's end that matters.
      socket.on("close", () => {
        this.#sockets.delete(socket);
        if (!held) other.destroy();
      });
    }
    let held = false;
    server.on("data", (bytes) => client.writable && client.write(bytes));
    client.on("data", (bytes) => {
      const cut = this.#cut;
      if (!cut || !bytes.includes("COMMIT\0")) {
        server.write(bytes);
        return;
      }
      this.#cut = undefined;
      this.#refusing = this.#refuseAfterwards;
      this.cuts++;
      if (cut === "late") {
        held = true;
        this.#held.push(() => server.write(bytes));
        client.destroy();
      } else if (cut === "before") {
        client.destroy();
      } else {
        held = true;
        server.removeAllListeners("data");
        server.once("data", () => server.destroy());
        server.write(bytes);
        client.destroy();
      }
    });
  }
}
