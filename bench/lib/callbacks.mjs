import { once } from "node:events";
import { createServer } from "node:http";

/** Where handlers send the ids of their callbacks: a POST to `${url}/ID` whose body is the callback's id. */
export async function listenForCallbacks() {
  const waiting = new Map();
  const server = createServer(async (request, response) => {
    let callbackId = "";
    for await (const chunk of request) callbackId += chunk;
    response.end();
    waiting.get(request.url.slice(1))?.(callbackId);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Resolves to the callback's id, which the handler called with `id` sends. */
    published: (id) => new Promise((resolve) => waiting.set(id, resolve)).finally(() => waiting.delete(id)),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
