import type { DurableContext } from "./types/context.ts";
import type { ChildConfig, RetryStrategy } from "./types/operations.ts";

export interface WithRetryConfig<T> {
  retryStrategy: RetryStrategy;
  /** Whether the attempts are grouped in a child context. @defaultValue true */
  wrapWithRunInChildContext?: boolean;
  childContextConfig?: ChildConfig<T>;
}

/** `attempt` is 1 for the first. */
export type RetryableFunc<T> = (context: DurableContext, attempt: number) => Promise<T>;

/**
 * Runs a group of durable operations again until it succeeds or the strategy gives up, with a durable wait between
 * attempts. Operations of a failed attempt stay in the history; the next attempt makes new ones.
 */
export async function withRetry<T>(
  context: DurableContext,
  name: string,
  func: RetryableFunc<T>,
  config: WithRetryConfig<T>,
): Promise<T>;
export async function withRetry<T>(
  context: DurableContext,
  func: RetryableFunc<T>,
  config: WithRetryConfig<T>,
): Promise<T>;
export async function withRetry<T>(
  context: DurableContext,
  nameOrFunc: string | RetryableFunc<T>,
  funcOrConfig: RetryableFunc<T> | WithRetryConfig<T>,
  maybeConfig?: WithRetryConfig<T>,
): Promise<T> {
  const isNamed = typeof nameOrFunc === "string";
  const name = isNamed ? nameOrFunc : undefined;
  const func = (isNamed ? funcOrConfig : nameOrFunc) as RetryableFunc<T>;
  const config = (isNamed ? maybeConfig : funcOrConfig) as WithRetryConfig<T> | undefined;
  if (!config) throw new TypeError("withRetry: config is required");

  const attempts = async (ctx: DurableContext): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await func(ctx, attempt);
      } catch (error) {
        const { shouldRetry, delay = { seconds: 1 } } = config.retryStrategy(error as Error, attempt);
        if (!shouldRetry) throw error;
        if (name === undefined) await ctx.wait(delay);
        else await ctx.wait(`${name}-backoff-${attempt}`, delay);
      }
    }
  };
  if (config.wrapWithRunInChildContext === false) return attempts(context);
  return context.runInChildContext(name, attempts, config.childContextConfig);
}
