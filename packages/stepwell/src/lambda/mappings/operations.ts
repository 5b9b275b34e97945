import type { CallContext } from "../../kernel/context.ts";
import { notSupported } from "../../kernel/errors.ts";
import type { Ids } from "../../kernel/ids.ts";
import type { Operation } from "../../kernel/operations.ts";
import { Conflict } from "../../store/errors.ts";
import type { Store } from "../../store/store.ts";
import type { StoredFunctions } from "../catalog.ts";
import { conflict, invalidParameter } from "../errors.ts";
import { afterMarker, cutPage, type PageInput, pageSize } from "../page.ts";
import type { FunctionRecord } from "../record.ts";
import { type FunctionReference, parseReference, referenceArn } from "../reference.ts";
import { checkTags } from "../tags.ts";
import { type Mapping, targetArn, toAnswer } from "./mapping.ts";
import type { EventSource, MappingInput } from "./source.ts";
import { mappings } from "./table.ts";
import { refuseUnsupported, type UnsupportedInput } from "./unsupported.ts";

interface CreateInput extends MappingInput, UnsupportedInput {
  readonly FunctionName: string;
  readonly EventSourceArn?: string;
  readonly Enabled?: boolean;
  readonly Tags?: Readonly<Record<string, string>>;
}

interface UpdateInput extends MappingInput, UnsupportedInput {
  readonly UUID: string;
  readonly FunctionName?: string;
  readonly Enabled?: boolean;
}

interface ListInput extends PageInput {
  readonly EventSourceArn?: string;
  readonly FunctionName?: string;
}

interface Dependencies {
  readonly store: Store;
  readonly ids: Ids;
  readonly catalog: StoredFunctions;
  /** By the service in their ARNs. */
  readonly sources: Readonly<Record<string, EventSource>>;
  /** Resolves when this node acts as the store now says. */
  readonly changed: () => Promise<void>;
}

/** Sources that AWS maps and Stepwell does not. */
const OTHER_SOURCES = new Set(["dynamodb", "kinesis", "kafka", "mq", "rds"]);

/**
 * Event source mappings (https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html). A change is
 * in force when its call returns.
 */
export function mappingOperations({ store, ids, catalog, sources, changed }: Dependencies) {
  const sourceOf = (arn: string | undefined): EventSource => {
    const service = arn?.split(":")[2] ?? "";
    const source = sources[service];
    if (source) return source;
    if (!OTHER_SOURCES.has(service)) throw invalidParameter("Unrecognized event source.");
    throw notSupported(`event source mappings of ${service} (${arn})`, "Map a queue of SQS.");
  };
  const refuseDuplicate = async (mapping: Mapping): Promise<void> => {
    const other = await mappings.between(store, mapping);
    if (!other || other.uuid === mapping.uuid) return;
    throw conflict(sourceOf(mapping.sourceArn).duplicate(mapping, other.uuid));
  };

  return {
    async CreateEventSourceMapping(context: CallContext, input: CreateInput) {
      refuseUnsupported(input);
      const source = sourceOf(input.EventSourceArn);
      const sourceArn = input.EventSourceArn!;
      const reference = parseReference(context, input.FunctionName);
      const fn = await functionOf(catalog, context, reference);
      const mapping: Mapping = {
        account: context.account,
        region: context.region,
        uuid: ids.uuid(),
        sourceArn,
        ...ends(reference),
        enabled: input.Enabled ?? true,
        settings: await source.settings(context, { sourceArn, fn }, input),
        tags: checkTags(input.Tags ?? {}),
        lastModifiedMs: context.clock.now(),
        version: 0,
      };
      await refuseDuplicate(mapping);
      await mappings.insert(store, mapping).catch(async (error) => {
        if (error instanceof Conflict) await refuseDuplicate(mapping);
        throw error;
      });
      await changed();
      return toAnswer(mapping, mapping.enabled ? "Creating" : "Disabled");
    },
    async UpdateEventSourceMapping(context: CallContext, input: UpdateInput) {
      refuseUnsupported(input);
      const { before, after } = await mappings.modify(store, context, input.UUID, async (found) => {
        const reference = parseReference(context, input.FunctionName ?? targetArn(found));
        const wanted = {
          sourceArn: found.sourceArn,
          fn: await functionOf(catalog, context, reference),
        };
        const { qualifier: _, ...rest } = found;
        const changedTo: Mapping = {
          ...rest,
          ...ends(reference),
          enabled: input.Enabled ?? found.enabled,
          settings: await sourceOf(found.sourceArn).settings(context, wanted, input, found.settings),
          lastModifiedMs: context.clock.now(),
        };
        await refuseDuplicate(changedTo);
        return changedTo;
      });
      await changed();
      if (before.enabled === after.enabled) return toAnswer(after, "Updating");
      return toAnswer(after, after.enabled ? "Enabling" : "Disabling");
    },
    async DeleteEventSourceMapping(context: CallContext, { UUID }: { readonly UUID: string }) {
      const mapping = await mappings.delete(store, context, UUID);
      await changed();
      return toAnswer(mapping, "Deleting");
    },
    async GetEventSourceMapping(context: CallContext, { UUID }: { readonly UUID: string }) {
      return toAnswer(await mappings.get(store, context, UUID));
    },
    async ListEventSourceMappings(context: CallContext, input: ListInput) {
      const { EventSourceArn, FunctionName } = input;
      const functionArn =
        FunctionName === undefined ? undefined : referenceArn(context, parseReference(context, FunctionName));
      const after = afterMarker("ListEventSourceMappings", input.Marker);
      const query = { after, sourceArn: EventSourceArn, functionArn, most: pageSize(input) + 1 };
      const found = await mappings.list(store, context, query);
      const { items, ...more } = cutPage(found, ({ uuid }) => uuid, input);
      return { EventSourceMappings: items.map((mapping) => toAnswer(mapping)), ...more };
    },
  } satisfies Record<string, Operation>;
}

function ends({ name, qualifier }: FunctionReference): Pick<Mapping, "functionName" | "qualifier"> {
  return { functionName: name, ...(qualifier === undefined ? {} : { qualifier }) };
}

/** AWS has a code and words of its own here. */
function functionOf(
  catalog: StoredFunctions,
  context: CallContext,
  reference: FunctionReference,
): Promise<FunctionRecord> {
  return catalog.record(context, reference).catch(() => {
    throw invalidParameter("Function does not exist");
  });
}
