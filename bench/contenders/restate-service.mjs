// The workloads as Restate handlers. Arguments: the folder that holds the SDK, and the port to listen on.
import { importPeer } from "../lib/peers.mjs";
import {
  BRANCHES,
  noteStep,
  nowMs,
  publish,
  SLEEP_SECONDS,
  STEPS,
  sleptElsewhere,
  slowStep,
  stepResult,
} from "../lib/work.mjs";

const [peersFolder, port] = process.argv.slice(2);
const restate = await importPeer(peersFolder, "@restatedev/restate-sdk");

const bench = restate.service({
  name: "bench",
  handlers: {
    w1: async (context) => {
      let result;
      for (let i = 0; i < STEPS; i++) result = await context.run(`step ${i}`, () => stepResult(i));
      return result;
    },
    w2: async (context) => {
      const branches = Array.from({ length: BRANCHES }, (_, i) =>
        context.run(`step ${i}`, () => stepResult(i)),
      );
      return (await restate.RestatePromise.all(branches)).length;
    },
    w3: async (context) => {
      const begunMs = nowMs();
      await context.sleep(SLEEP_SECONDS * 1000);
      return { leftMemory: sleptElsewhere(begunMs) };
    },
    w4: async (context, { id, url }) => {
      const { id: awakeable, promise } = context.awakeable();
      let published = false;
      await context.run("publish", async () => {
        published = true;
        await publish(url, id, awakeable);
      });
      await promise;
      return { atMs: nowMs(), leftMemory: !published };
    },
    w5: async (context, { id, log }) => {
      for (let i = 0; i < STEPS; i++) {
        await context.run(`step ${i}`, () => {
          noteStep(log, id, i);
          return slowStep(i);
        });
      }
    },
  },
});

await restate.endpoint().bind(bench).listen(Number(port));
console.log("listening");
