import { importPeer } from "./peers.mjs";

/** The same lean HTTP client for every contender: kept connections, one request at a time on each. */
export async function openClient(clientFolder, origin, connections) {
  const { Pool } = await importPeer(clientFolder, "undici");
  const pool = new Pool(origin, { connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  /** Resolves to the answer's text. Rejects unless the status is 2xx and the function returned. */
  const request = async (method, path, headers, body) => {
    const response = await pool.request({ method, path, headers, body });
    const text = await response.body.text();
    if (response.statusCode >= 300 || response.headers["x-amz-function-error"]) {
      const message = `${origin}${path} answered ${response.statusCode}: ${text.slice(0, 500)}`;
      throw Object.assign(new Error(message), { status: response.statusCode });
    }
    return text;
  };
  return {
    get: (path) => request("GET", path, {}),
    /** Posts JSON text. */
    post: (path, headers, body) => request("POST", path, headers, body),
    close: () => pool.destroy(),
  };
}
