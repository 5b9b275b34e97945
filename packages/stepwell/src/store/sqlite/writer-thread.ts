import { parentPort, workerData } from "node:worker_threads";
import type { Change, Statement } from "../store.ts";
import { WAL_LIMIT_BYTES } from "./checkpointer.ts";
import { openDatabase } from "./database.ts";
import { LocalWriter } from "./local-writer.ts";
import type { Answer, Order, WireChange } from "./threaded-writer.ts";

const port = parentPort!;
const { file } = workerData as { file: string };
const answer = (message: Answer): void => port.postMessage(message);
const writer = new LocalWriter(openDatabase(file, WAL_LIMIT_BYTES), file, (message) =>
  answer({ kind: "trouble", message }),
);
const statements: Statement[] = [];

port.on("message", (order: Order) => {
  if (order.kind === "end") {
    void writer.close().then(() => port.close());
    return;
  }
  statements.push(...order.statements);
  answer({ kind: "flushed", outcomes: writer.flush(order.commits.map((commit) => commit.map(decode))) });
});

function decode([statement, params, rows]: WireChange): Change {
  const change = { statement: statements[statement]!, params };
  return rows === undefined ? change : { ...change, rows };
}
