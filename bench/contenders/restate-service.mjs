// The workloads as Restate handlers. Arguments: the folder that holds the SDK, and the port to listen on.
import { importPeer } from "../lib/peers.mjs";
import { stepResult } from "../lib/work.mjs";

const [peersFolder, port] = process.argv.slice(2);
const restate = await importPeer(peersFolder, "@restatedev/restate-sdk");

const bench = restate.service({
  name: "bench",
  handlers: {
    w1: async (context) => {
      let result;
      for (let i = 0; i < 10; i++) result = await context.run(`step ${i}`, () => stepResult(i));
      return result;
    },
  },
});

await restate.endpoint().bind(bench).listen(Number(port));
console.log("listening");
