import type { Execution } from "./execution.ts";
import { toOperationInfos } from "./operation-info.ts";
import type { Plugins } from "./plugins.ts";
import type {
  InvocationBaseInfo,
  InvocationEndInfo,
  InvocationInfo,
  PluginInvocationStatus,
} from "./types/plugin.ts";
import type { DurableExecutionInvocationInput, DurableExecutionInvocationOutput } from "./types/wire.ts";

/** Tells the plugins of one invocation when it starts and ends. */
export class InvocationHooks {
  readonly #execution: Execution;
  readonly #plugins: Plugins;
  readonly #info: InvocationInfo;

  constructor(
    execution: Execution,
    plugins: Plugins,
    event: DurableExecutionInvocationInput,
    executionInput: unknown,
    isFirstInvocation: boolean,
  ) {
    this.#execution = execution;
    this.#plugins = plugins;
    const operations = toOperationInfos(execution.operations.values());
    const updated = (event.UpdatedOperationIds ?? []).filter((id) => operations[id]);
    this.#info = {
      requestId: execution.lambdaContext.awsRequestId,
      executionArn: execution.arn,
      executionInput,
      operations,
      executionStartTimestamp: Object.values(operations)[0]?.startTimestamp,
      isFirstInvocation,
      updatedOperations: Object.fromEntries(updated.map((id) => [id, operations[id]!])),
    };
  }

  /** Runs the invocation between the plugins' start hooks and inside their wrappers. */
  async around(
    run: (hooks: InvocationHooks) => Promise<DurableExecutionInvocationOutput>,
  ): Promise<DurableExecutionInvocationOutput> {
    await this.#plugins.run("onInvocationStart", this.#info);
    return (await this.#plugins.wrap("wrapInvocation", this.#info, () =>
      run(this),
    )) as DurableExecutionInvocationOutput;
  }

  async end(
    status: PluginInvocationStatus,
    outcome: Pick<InvocationEndInfo, "executionResult" | "executionError"> = {},
  ): Promise<void> {
    const { updatedOperations: _, ...base } = this.#info;
    const operations = toOperationInfos(this.#execution.operations.values());
    await this.#plugins.run("onInvocationEnd", {
      ...(base as InvocationBaseInfo),
      operations,
      status,
      ...outcome,
    });
  }
}
