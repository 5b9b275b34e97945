import type { CallContext } from "../../kernel/context.ts";
import type { Ids } from "../../kernel/ids.ts";
import type { Operation } from "../../kernel/operations.ts";
import { Conflict } from "../../store/errors.ts";
import type { Store } from "../../store/store.ts";
import { conflict, notFound } from "../errors.ts";
import { type PageInput, pageOf } from "../page.ts";
import { LATEST, parseReference } from "../reference.ts";
import { hasQualifier } from "../shared.ts";
import { functions } from "../table.ts";
import { functionUrls } from "./table.ts";
import { type AuthType, type Cors, type FunctionUrl, type InvokeMode, invokedArn, toAnswer } from "./url.ts";

interface Named {
  readonly FunctionName: string;
  readonly Qualifier?: string;
}

interface ConfigInput extends Named {
  readonly AuthType?: AuthType;
  readonly Cors?: Cors;
  readonly InvokeMode?: InvokeMode;
}

interface Dependencies {
  readonly store: Store;
  readonly ids: Ids;
  /** Where this node is reached, for callers of whom it is not known. */
  readonly endpointUrl: () => string | undefined;
}

/** More rounds than this lost to others mean that something else is wrong. */
const MOST_ROUNDS = 20;

/** URLs of functions (https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html). */
export function urlOperations({ store, ids, endpointUrl }: Dependencies) {
  const answer = (context: CallContext, url: FunctionUrl) =>
    toAnswer(url, context.endpointUrl ?? endpointUrl());
  /** The function's `$LATEST`, which has the alias if one is named. */
  const owner = async (context: CallContext, { FunctionName, Qualifier }: Named) => {
    const { name, qualifier = LATEST } = parseReference(context, FunctionName, Qualifier);
    const latest = await functions.latest(store, context, name, noFunction);
    if (!hasQualifier(latest.shared, qualifier)) throw noFunction();
    return { latest, name, qualifier };
  };
  const find = async (context: CallContext, input: Named): Promise<FunctionUrl> => {
    const { name, qualifier } = await owner(context, input);
    const url = (await functionUrls.of(store, context, name)).find((one) => one.qualifier === qualifier);
    if (!url) throw notFound("The resource you requested does not exist.");
    return url;
  };

  return {
    async CreateFunctionUrlConfig(context: CallContext, input: ConfigInput) {
      const nowMs = context.clock.now();
      for (let round = 1; ; round++) {
        const { latest, name, qualifier } = await owner(context, input);
        const url: FunctionUrl = {
          ...{ account: context.account, region: context.region, name, qualifier },
          id: ids.uuid().replaceAll("-", ""),
          authType: input.AuthType!,
          invokeMode: input.InvokeMode ?? "BUFFERED",
          ...(input.Cors ? { cors: input.Cors } : {}),
          createdAtMs: nowMs,
          lastModifiedMs: nowMs,
          version: 0,
        };
        const others = await functionUrls.of(store, context, name);
        if (others.some((other) => other.qualifier === qualifier)) throw exists(url);
        try {
          await store.commit([functions.unchanged(latest), functionUrls.insertion(url)], { key: url.id });
          const { LastModifiedTime: _, ...made } = answer(context, url);
          return made;
        } catch (error) {
          if (!(error instanceof Conflict) || round === MOST_ROUNDS) throw error;
        }
      }
    },
    async UpdateFunctionUrlConfig(context: CallContext, input: ConfigInput) {
      for (let round = 1; ; round++) {
        const before = await find(context, input);
        const url: FunctionUrl = {
          ...before,
          authType: input.AuthType ?? before.authType,
          invokeMode: input.InvokeMode ?? before.invokeMode,
          ...(input.Cors ? { cors: input.Cors } : {}),
          lastModifiedMs: context.clock.now(),
        };
        try {
          await store.commit([functionUrls.update(url)], { key: url.id });
          return answer(context, url);
        } catch (error) {
          if (!(error instanceof Conflict) || round === MOST_ROUNDS) throw error;
        }
      }
    },
    async GetFunctionUrlConfig(context: CallContext, input: Named) {
      return answer(context, await find(context, input));
    },
    async DeleteFunctionUrlConfig(context: CallContext, input: Named) {
      const url = await find(context, input);
      await store.commit([functionUrls.deletion(url)], { key: url.id }).catch((error) => {
        throw error instanceof Conflict ? notFound("The resource you requested does not exist.") : error;
      });
      return {};
    },
    async ListFunctionUrlConfigs(context: CallContext, input: PageInput & Named) {
      const { name } = parseReference(context, input.FunctionName);
      await functions.latest(store, context, name, noFunction);
      const all = await functionUrls.of(store, context, name);
      const { items, ...more } = pageOf("ListFunctionUrlConfigs", all, ({ qualifier }) => qualifier, input);
      return { FunctionUrlConfigs: items.map((url) => answer(context, url)), ...more };
    },
  } satisfies Record<string, Operation>;
}

/** AWS has words of its own here. */
function noFunction() {
  return notFound("Function does not exist");
}

function exists(url: FunctionUrl) {
  return conflict(
    `Failed to create function url config for [functionArn = ${invokedArn(url)}]. ` +
      "Error message:  FunctionUrlConfig exists for this Lambda function",
  );
}
