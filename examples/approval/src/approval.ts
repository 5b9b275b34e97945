import { withDurableExecution } from "@stepwell/durable";
import { type Command, processes } from "./processes.ts";

interface Request {
  readonly title: string;
}

/**
 * A process that needs a person's approval, waits for its turn, has two commands carried out elsewhere, and is
 * completed. Only `processes` has effects, and it keeps a record of each, so that anyone can count them.
 */
export const handler = withDurableExecution(async (request: Request, context) => {
  const processId = await context.step("create process", () => processes.create(request.title));

  const approval = await context.waitForCallback(
    "ask for approval",
    (callbackId) => processes.askForApproval(processId, callbackId),
    { timeout: { hours: 1 } },
  );
  if (!JSON.parse(approval).approved) return { processId, status: "rejected" };

  await context.waitForCondition("wait for others", () => processes.othersAreRunning(processId), {
    initialState: true,
    waitStrategy: (running, attempt) =>
      running && attempt < 10 ? { shouldContinue: true, delay: { seconds: 1 } } : { shouldContinue: false },
  });

  const command = (name: Command) => ({
    name,
    func: (branch: typeof context) =>
      branch.waitForCallback(name, (callbackId) => processes.send(processId, name, callbackId), {
        timeout: { hours: 1 },
      }),
  });
  const commands = await context.parallel("run commands", [command("command one"), command("command two")]);
  commands.throwIfError();

  await context.step("complete process", () => processes.complete(processId));
  return { processId, status: "completed", commands: commands.getResults() };
});
