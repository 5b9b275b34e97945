import { withDurableExecution as aws } from "@aws/durable-execution-sdk-js";
import { withDurableExecution as own } from "@stepwell/durable";

const workflow = async (event, context) => {
  const charged = await context.step("charge", async () => ({ amount: event.amount }));
  await context.wait("cool down", { seconds: 1 });
  const approved = await context.waitForCallback("approve", async (callbackId) => {
    if (!callbackId) throw new Error("A submitter gets the id of its callback.");
  });
  const both = await context.parallel("notify", [
    (branch) => branch.step("mail", async () => "mailed"),
    (branch) => branch.step("page", async () => "paged"),
  ]);
  return { charged, approved, both: both.getResults() };
};

export const ownHandler = own(workflow);
export const awsHandler = aws(workflow);

/** A middleware that copies the event, as many do: what was attached to it is lost, and the SDK talks HTTP. */
const copied = (handler) => (event, context) => handler(JSON.parse(JSON.stringify(event)), context);
export const ownOverHttp = copied(ownHandler);
export const awsOverHttp = copied(awsHandler);

/** Its step ends only when the branch beside it has its callback: until then nothing else keeps the handler's thread alive. */
const waitingTogether = async (_event, context) => {
  const { promise, resolve } = Promise.withResolvers();
  const both = await context.parallel("both", [
    async (branch) => resolve(await branch.waitForCallback("approve", async () => {})),
    (branch) => branch.step("hear", () => promise),
  ]);
  return both.getResults().at(-1);
};
export const ownTogether = own(waitingTogether);
export const awsTogether = aws(waitingTogether);
