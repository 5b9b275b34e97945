import { once } from "node:events";
import type { IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { RealClock } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";
import type { WireResponse } from "./message.ts";
import type { Handle } from "./wire.ts";

/** An import would read every export of node:http and so load Node's whole fetch: 50 ms of a start instead of 6. */
const { createServer } = process.getBuiltinModule("node:http");

export interface ListenOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: string;
  readonly log: Logger;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:4566` */
  readonly url: string;
  /** Takes no more connections, lets running requests end until `graceMs` has passed, then cuts what is left. */
  close(graceMs?: number): Promise<void>;
}

/** AWS's load balancers keep idle connections for a minute; clients' pools expect no less. */
const KEEP_ALIVE_MS = 65_000;
/** A client may go on sending a body that was refused for its length: it gets this long to notice. */
const LINGER_MS = 5_000;
const DEFAULT_GRACE_MS = 5_000;

/** Serves the wire on a port. Rejects with an error that names the port when it cannot be had. */
export async function listen(handle: Handle, options: ListenOptions): Promise<Listener> {
  const clock = new RealClock();
  const running = new Set<AbortController>();
  let closing = false;
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    void serve(request, response);
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    running.add(gone);
    response.on("close", () => {
      running.delete(gone);
      if (!response.writableFinished) gone.abort();
      // A stream that was sent when the server was told to close promised to keep its connection.
      if (closing) setImmediate(() => server.closeIdleConnections());
    });
    try {
      const question = request.url!.indexOf("?");
      const answer = await handle({
        method: request.method!,
        rawPath: question < 0 ? request.url! : request.url!.slice(0, question),
        rawQuery: question < 0 ? "" : request.url!.slice(question + 1),
        headers: request.headers,
        body: request,
        ...(request.socket.remoteAddress === undefined ? {} : { sourceIp: request.socket.remoteAddress }),
        signal: gone.signal,
      });
      if (closing) response.setHeader("connection", "close");
      await send(answer, request, response);
      if (!request.complete) linger(request);
    } catch (error) {
      options.log.error({ error }, "a response could not be sent");
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    }
  }

  function linger(request: IncomingMessage): void {
    const timer = clock.at(clock.now() + LINGER_MS, () => request.destroy());
    request.once("close", () => timer.cancel());
  }

  await open(server, options);
  const { address, port } = server.address() as AddressInfo;
  async function shutDown(graceMs: number): Promise<void> {
    closing = true;
    const closed = once(server, "close");
    server.close();
    const timer = clock.at(clock.now() + graceMs, () => {
      for (const gone of running) gone.abort();
      server.closeAllConnections();
    });
    await closed;
    timer.cancel();
  }
  let closed: Promise<void> | undefined;

  return {
    host: address,
    port,
    url: `http://${address.includes(":") ? `[${address}]` : address}:${port}`,
    close(graceMs = DEFAULT_GRACE_MS) {
      closed ??= shutDown(graceMs);
      return closed;
    },
  };
}

async function open(server: Server, { port, host }: ListenOptions): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw new Error(cannotListen(error as NodeJS.ErrnoException, host, port), { cause: error });
  }
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): string {
  switch (error.code) {
    case "EADDRINUSE":
      return `Port ${port} on ${host} is in use, perhaps by another Stepwell. Stop that, or choose another port.`;
    case "EACCES":
      return `Port ${port} on ${host} may not be used by this user. Choose a port above 1023.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `This machine has no address ${host}. Listen on 127.0.0.1, or on 0.0.0.0 for all its addresses.`;
    default:
      return `Stepwell could not listen on ${host}:${port}: ${error.message}.`;
  }
}

async function send(answer: WireResponse, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, headers, body } = answer;
  if (typeof body === "string" || body instanceof Uint8Array) {
    const length = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
    response.writeHead(status, { ...headers, "content-length": length } as OutgoingHttpHeaders);
    response.end(request.method === "HEAD" ? undefined : body);
    return;
  }
  response.writeHead(status, headers as OutgoingHttpHeaders);
  for await (const chunk of body) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await untilTaken(response);
  }
  response.end();
}

/** Resolves when more may be written, or nobody is there to read it. */
async function untilTaken(response: ServerResponse): Promise<void> {
  const settled = new AbortController();
  const { signal } = settled;
  await Promise.race([once(response, "drain", { signal }), once(response, "close", { signal })]);
  settled.abort();
}
