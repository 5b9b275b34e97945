import { type Event, GetDurableExecutionCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { executionsOf, historyOf } from "./client.ts";
import type { EffectRecord } from "./record.ts";
import type { StoredExecution } from "./store-contents.ts";

/** An execution as the API shows it when all is over. */
export interface ShownExecution {
  readonly arn: string;
  readonly name: string;
  readonly status: string;
  readonly result: string | undefined;
  readonly errorType: string | undefined;
  readonly events: readonly Event[];
}

/** What is there when all is over. */
export interface Aftermath {
  readonly executions: readonly ShownExecution[];
  /** The same executions in the store. */
  readonly stored: readonly StoredExecution[];
  readonly record: EffectRecord;
  /** How often something that ran may have been cut off: servers and hosts that were killed or stopped. */
  readonly interruptions: number;
}

export async function readExecutions(client: LambdaClient): Promise<ShownExecution[]> {
  const listed = (await Promise.all(["order", "quick"].map((name) => executionsOf(client, name)))).flat();
  return Promise.all(
    listed.map(async ({ DurableExecutionArn }) => {
      const shown = await client.send(new GetDurableExecutionCommand({ DurableExecutionArn }));
      return {
        arn: DurableExecutionArn!,
        name: shown.DurableExecutionName!,
        status: shown.Status!,
        result: shown.Result,
        errorType: shown.Error?.ErrorType,
        events: await historyOf(client, DurableExecutionArn!),
      };
    }),
  );
}
