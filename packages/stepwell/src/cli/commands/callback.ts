import type { Command } from "commander";
import type { FailOptions, SucceedOptions } from "../callback.ts";
import { connected, type Surroundings } from "./shared.ts";

const ID = "id of the callback; @last for the newest open one of the newest running execution";

export function declareCallback(program: Command, surroundings: Surroundings): void {
  const callback = program
    .command("callback")
    .alias("callbacks")
    .summary("answer an execution that waits for a callback")
    .description("Answers a durable execution that waits for a callback.");

  const succeed = callback
    .command("succeed")
    .summary("complete it with a result")
    .description("Completes a callback with a result.")
    .argument("<id>", ID)
    .option("--result <json>", "the result: JSON, or any text that the function expects")
    .addHelpText(
      "after",
      `
Examples:
  stepwell callback succeed @last --result '{"approved":true}'
  stepwell callback succeed MDAwMDAwMDAwMDAw --result '{"approved":true}'`,
    );
  connected<SucceedOptions>(succeed, surroundings, async (session, [id], options) => {
    const { succeedCallback } = await import("../callback.ts");
    return succeedCallback(session, id!, options);
  });

  const fail = callback
    .command("fail")
    .summary("complete it with an error")
    .description("Completes a callback with an error.")
    .argument("<id>", ID)
    .option("--error-type <type>", "type of the error")
    .option("--error-message <message>", "its message")
    .addHelpText(
      "after",
      `
Examples:
  stepwell callback fail @last --error-type Rejected --error-message 'Too expensive'`,
    );
  connected<FailOptions>(fail, surroundings, async (session, [id], options) => {
    const { failCallback } = await import("../callback.ts");
    return failCallback(session, id!, options);
  });

  const heartbeat = callback
    .command("heartbeat")
    .summary("say that the answer is still being worked on")
    .description("Starts a callback's heartbeat timeout anew.")
    .argument("<id>", ID)
    .addHelpText(
      "after",
      `
Examples:
  stepwell callback heartbeat @last`,
    );
  connected(heartbeat, surroundings, async (session, [id]) => {
    const { heartbeatCallback } = await import("../callback.ts");
    return heartbeatCallback(session, id!);
  });
}
