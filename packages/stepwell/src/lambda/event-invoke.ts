import type { CallContext } from "../kernel/context.ts";
import { notSupported } from "../kernel/errors.ts";
import type { Operation } from "../kernel/operations.ts";
import type { Targets } from "../kernel/targets.ts";
import type { Store } from "../store/store.ts";
import type { StoredFunctions } from "./catalog.ts";
import { invalidParameter, notFound } from "./errors.ts";
import { type PageInput, pageOf } from "./page.ts";
import { functionArn, LATEST, type Place, parseReference, parseUnqualified } from "./reference.ts";
import { type EventInvokeConfig, hasQualifier } from "./shared.ts";
import { functions } from "./table.ts";

interface Named {
  readonly FunctionName: string;
  readonly Qualifier?: string;
}

interface ConfigInput extends Named {
  readonly MaximumRetryAttempts?: number;
  readonly MaximumEventAgeInSeconds?: number;
  readonly DestinationConfig?: {
    readonly OnSuccess?: { readonly Destination?: string };
    readonly OnFailure?: { readonly Destination?: string };
  };
}

interface Dependencies {
  readonly store: Store;
  readonly catalog: StoredFunctions;
  readonly targets: Targets;
}

/**
 * How asynchronous invocations of a function, a version or an alias are retried, and who hears of their end
 * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html).
 */
export function eventInvokeOperations({ store, catalog, targets }: Dependencies) {
  /** `decide` returns the configuration that takes the place of the one before. */
  const change = async (
    context: CallContext,
    input: Named,
    decide: (before: EventInvokeConfig | undefined, qualifier: string) => EventInvokeConfig | undefined,
  ) => {
    const { name, qualifier = LATEST } = parseReference(context, input.FunctionName, input.Qualifier);
    const { config } = await functions.modify(
      store,
      context,
      name,
      (latest) => {
        if (!hasQualifier(latest.shared, qualifier)) throw noFunction();
        const { eventInvokes } = latest.shared;
        const before = eventInvokes.find((one) => one.qualifier === qualifier);
        const config = decide(before, qualifier);
        const others = eventInvokes.filter((one) => one !== before);
        const after = config ? [...others, config].sort(byQualifier) : others;
        return { latest: { ...latest, shared: { ...latest.shared, eventInvokes: after } }, config };
      },
      noFunction,
    );
    return config ? toAnswer(context, name, config) : {};
  };
  const put = async (context: CallContext, input: ConfigInput, keep: boolean) => {
    const given = await checked(input, context, catalog, targets);
    return change(context, input, (before, qualifier) => {
      if (keep && !before) throw missing(context, input);
      return {
        ...(keep ? before : {}),
        ...given,
        ...{ qualifier, lastModifiedMs: context.clock.now() },
      };
    });
  };

  return {
    PutFunctionEventInvokeConfig: (context: CallContext, input: ConfigInput) => put(context, input, false),
    UpdateFunctionEventInvokeConfig: (context: CallContext, input: ConfigInput) => put(context, input, true),
    DeleteFunctionEventInvokeConfig: (context: CallContext, input: Named) =>
      change(context, input, (before) => {
        if (!before) throw missing(context, input);
        return undefined;
      }),
    async GetFunctionEventInvokeConfig(context: CallContext, input: Named) {
      const { account, region } = context;
      const { name, qualifier = LATEST } = parseReference(context, input.FunctionName, input.Qualifier);
      const latest = await functions.find(store, { account, region, name, version: LATEST });
      const config = latest?.shared.eventInvokes.find((one) => one.qualifier === qualifier);
      if (!config) throw missing(context, input);
      return toAnswer(context, name, config);
    },
    async ListFunctionEventInvokeConfigs(context: CallContext, input: PageInput & Named) {
      const name = parseUnqualified(context, input.FunctionName);
      const latest = await functions.latest(store, context, name, noFunction);
      const operation = "ListFunctionEventInvokeConfigs";
      const { items, ...more } = pageOf(operation, latest.shared.eventInvokes, (one) => one.qualifier, input);
      return { FunctionEventInvokeConfigs: items.map((one) => toAnswer(context, name, one)), ...more };
    },
  } satisfies Record<string, Operation>;
}

/** What the request sets. Throws for nothing at all, and for a destination that cannot be delivered to. */
async function checked(
  input: ConfigInput,
  context: CallContext,
  catalog: StoredFunctions,
  targets: Targets,
): Promise<Omit<EventInvokeConfig, "qualifier" | "lastModifiedMs">> {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = input;
  if (
    MaximumRetryAttempts === undefined &&
    MaximumEventAgeInSeconds === undefined &&
    DestinationConfig === undefined
  ) {
    throw invalidParameter("You must specify at least one of error handling or destination setting.");
  }
  const { name } = parseReference(context, input.FunctionName);
  const onSuccess = DestinationConfig?.OnSuccess?.Destination || undefined;
  const onFailure = DestinationConfig?.OnFailure?.Destination || undefined;
  for (const arn of [onSuccess, onFailure]) {
    if (arn !== undefined) await checkDestination(arn, name, context, catalog, targets);
  }
  return {
    ...(MaximumRetryAttempts === undefined ? {} : { maximumRetryAttempts: MaximumRetryAttempts }),
    ...(MaximumEventAgeInSeconds === undefined ? {} : { maximumEventAgeSeconds: MaximumEventAgeInSeconds }),
    ...(DestinationConfig === undefined
      ? {}
      : { destinations: { ...(onSuccess ? { onSuccess } : {}), ...(onFailure ? { onFailure } : {}) } }),
  };
}

async function checkDestination(
  arn: string,
  sender: string,
  context: CallContext,
  catalog: StoredFunctions,
  targets: Targets,
): Promise<void> {
  if (!targets.has(arn)) {
    throw notSupported(
      `the destination ${arn}`,
      "Use the ARN of a function, a queue, a topic or an event bus.",
    );
  }
  if (arn.split(":")[2] !== "lambda") return;
  const reference = parseReference(context, arn);
  if (reference.name === sender) {
    throw invalidParameter("You can't specify the function as a destination for itself.");
  }
  await catalog.record(context, reference).catch(() => {
    throw invalidParameter(`The destination ARN ${arn} is invalid.`);
  });
}

/** AWS has words of its own here. */
function noFunction() {
  return notFound("The function doesn't exist.");
}

function missing(context: Place, input: Named) {
  const { name, qualifier = LATEST } = parseReference(context, input.FunctionName, input.Qualifier);
  const arn = functionArn(context.account, context.region, name, qualifier);
  return notFound(`The function ${arn} doesn't have an EventInvokeConfig`);
}

function toAnswer({ account, region }: Place, name: string, config: EventInvokeConfig) {
  const { qualifier, lastModifiedMs, maximumRetryAttempts, maximumEventAgeSeconds, destinations } = config;
  const destination = (arn: string | undefined) => (arn === undefined ? {} : { Destination: arn });
  return {
    LastModified: lastModifiedMs,
    FunctionArn: functionArn(account, region, name, qualifier),
    ...(maximumRetryAttempts === undefined ? {} : { MaximumRetryAttempts: maximumRetryAttempts }),
    ...(maximumEventAgeSeconds === undefined ? {} : { MaximumEventAgeInSeconds: maximumEventAgeSeconds }),
    DestinationConfig: {
      OnSuccess: destination(destinations?.onSuccess),
      OnFailure: destination(destinations?.onFailure),
    },
  };
}

function byQualifier(one: EventInvokeConfig, other: EventInvokeConfig): number {
  return one.qualifier < other.qualifier ? -1 : 1;
}
