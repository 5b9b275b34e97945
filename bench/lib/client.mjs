import { importPeer } from "./peers.mjs";

/** The same lean HTTP client for every contender: kept connections, one request at a time on each. */
export async function openClient(peersFolder, origin, connections) {
  const { Pool } = await importPeer(peersFolder, "undici");
  const pool = new Pool(origin, { connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  return {
    /** Posts JSON text; resolves to the answer's text. Rejects unless the status is 2xx. */
    async post(path, headers, body) {
      const response = await pool.request({ method: "POST", path, headers, body });
      const text = await response.body.text();
      if (response.statusCode >= 300 || response.headers["x-amz-function-error"]) {
        throw new Error(`${origin}${path} answered ${response.statusCode}: ${text.slice(0, 500)}`);
      }
      return text;
    },
    close: () => pool.destroy(),
  };
}
