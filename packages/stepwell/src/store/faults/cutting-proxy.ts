import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

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
  #delayMs = 0;
  #standing: Promise<void> | undefined;
  #goOn = (): void => {};
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

  /** Every byte takes so much longer, either way. */
  slowDown(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  /** Nothing gets through any more and nobody is told, until `goOn`. */
  standStill(): void {
    this.#standing ??= new Promise((resolve) => {
      this.#goOn = resolve;
    });
  }

  goOn(): void {
    this.#standing = undefined;
    this.#goOn();
  }

  /** Cuts every connection. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Sends the server what was held back. */
  deliver(): void {
    for (const send of this.#held.splice(0)) send();
  }

  close(): void {
    this.cutAll();
    this.goOn();
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
    const toClient = this.#carrier(client);
    const toServer = this.#carrier(server);
    server.on("data", toClient);
    client.on("data", (bytes) => {
      const cut = this.#cut;
      if (!cut || !bytes.includes("COMMIT\0")) {
        toServer(bytes);
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

  /** Passes bytes on in their order, at once unless they are to be slow. */
  #carrier(to: Socket): (bytes: Buffer) => void {
    const write = (bytes: Buffer): void => {
      if (to.writable) to.write(bytes);
    };
    let last: Promise<void> | undefined;
    return (bytes) => {
      if (!last && !this.#standing && this.#delayMs === 0) return write(bytes);
      const before = Promise.all([last, this.#standing, this.#delayMs && delay(this.#delayMs)]);
      const sent: Promise<void> = before.then(() => {
        write(bytes);
        if (last === sent) last = undefined;
      });
      last = sent;
    };
  }
}
