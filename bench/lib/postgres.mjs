import { startPostgres } from "../../packages/stepwell/dist/testing/postgres-server.js";

let users = 0;
let server;

/** The run's one PostgreSQL server, with fsync on and default settings but for the number of connections. */
export async function usePostgres() {
  users++;
  server ??= startPostgres({ fsync: true });
  const { url, stop } = await server;
  return {
    url,
    async release() {
      if (--users > 0) return;
      server = undefined;
      await stop();
    },
  };
}
