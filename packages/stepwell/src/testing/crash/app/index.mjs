import { appendFileSync } from "node:fs";
import { withDurableExecution } from "@stepwell/durable";

/** Every run of a step's body leaves a line, also when it should not have run. */
const effect = (line) => appendFileSync(process.env.RECORD, `${line}\n`);

export const handler = withDurableExecution(async ({ id }, context) => {
  const step = (on, name) =>
    on.step(name, async () => {
      effect(`${id} ${name}`);
      return name;
    });
  await step(context, "first");
  await context.wait("nap", { seconds: 1 });
  // Both end from outside, at any moment: one wakes what the other may just have put to rest.
  const [approval, echoed] = await Promise.all([
    context.waitForCallback("approval", async () => effect(`${id} submit`)),
    context.invoke("ask another", "echo", { id }),
  ]);
  const both = await context.parallel("both", [(c) => step(c, "left"), (c) => step(c, "right")]);
  await step(context, "last");
  return { id, approval, both: both.getResults(), echoed };
});

export const echo = async (event) => event;
