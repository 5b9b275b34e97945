// W1 as a DBOS workflow behind HTTP. Arguments: the folder that holds DBOS, and the URL of an empty database.
import { once } from "node:events";
import { createServer } from "node:http";
import { importPeer } from "../lib/peers.mjs";
import { STEPS, stepResult } from "../lib/work.mjs";

const [peersFolder, databaseUrl] = process.argv.slice(2);
const { DBOS } = await importPeer(peersFolder, "@dbos-inc/dbos-sdk");

const w1 = DBOS.registerWorkflow(
  async () => {
    let result;
    for (let i = 0; i < STEPS; i++) {
      result = await DBOS.runStep(async () => stepResult(i), { name: `step ${i}` });
    }
    return result;
  },
  { name: "w1" },
);

DBOS.setConfig({
  name: "bench",
  systemDatabaseUrl: databaseUrl,
  logLevel: "error",
  runAdminServer: false,
  enableOTLP: false,
});
await DBOS.launch();
const server = createServer(async (request, response) => {
  request.resume();
  try {
    const result = await w1();
    response.end(JSON.stringify(result));
  } catch (error) {
    response.writeHead(500).end(error.stack);
  }
}).listen(0, "127.0.0.1");
await once(server, "listening");
console.log(`ready http://127.0.0.1:${server.address().port}`);
