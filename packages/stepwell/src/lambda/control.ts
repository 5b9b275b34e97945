import type { CallContext } from "../kernel/context.ts";
import { notSupported } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import { Conflict } from "../store/errors.ts";
import type { Store } from "../store/store.ts";
import type { StoredFunctions } from "./catalog.ts";
import { concurrencyOf } from "./concurrency.ts";
import { conflict, functionNotFound, invalidParameter, outOfRange, staleRevision } from "./errors.ts";
import { requireFit, usedLayers } from "./layers/use.ts";
import { afterMarker, cutPage, type PageInput, pageSize } from "./page.ts";
import {
  type FunctionConfiguration,
  type FunctionRecord,
  toCodeLocation,
  toConfiguration,
  toListed,
} from "./record.ts";
import {
  functionArn,
  isVersionNumber,
  LATEST,
  parseReference,
  parseUnqualified,
  referenceArn,
} from "./reference.ts";
import { changedSettings, newSettings, type SettingsInput } from "./settings.ts";
import { NOTHING_SHARED } from "./shared.ts";
import type { CodeInput, CodeUploads } from "./source.ts";
import { functions, type Modification } from "./table.ts";
import { checkTags } from "./tags.ts";
import { refuseUnsupported, type UnsupportedInput } from "./unsupported.ts";
import { publication, refusePublishTo, withoutVersion } from "./versions.ts";

interface Named {
  readonly FunctionName: string;
  readonly Qualifier?: string;
}

/** Publish: whether the change makes a version too. */
interface Publishing {
  readonly Publish?: boolean;
  readonly PublishTo?: string;
}

interface CreateInput extends Named, SettingsInput, Publishing, Omit<UnsupportedInput, "Runtime"> {
  readonly Code: CodeInput;
  readonly Layers?: readonly string[];
  readonly Architectures?: readonly string[];
  readonly Tags?: Readonly<Record<string, string>>;
}

interface UpdateCodeInput extends Named, CodeInput, Publishing, Omit<UnsupportedInput, "Runtime"> {
  readonly Architectures?: readonly string[];
  readonly DryRun?: boolean;
  readonly RevisionId?: string;
}

interface UpdateSettingsInput extends Named, SettingsInput, Omit<UnsupportedInput, "Runtime"> {
  readonly Layers?: readonly string[];
  readonly RevisionId?: string;
}

interface ListInput extends PageInput {
  readonly MasterRegion?: string;
  readonly FunctionVersion?: "ALL";
}

const ARCHITECTURES = ["x86_64"];
const LONGEST_NAME = 64;

interface ControlOptions {
  readonly store: Store;
  readonly ids: Ids;
  readonly catalog: StoredFunctions;
  readonly uploads: CodeUploads;
}

/**
 * The operations that make, show, change and remove functions
 * (https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html). A change is in force when the call returns, so
 * State is always Active and LastUpdateStatus always Successful.
 */
export class FunctionControl {
  readonly #store: Store;
  readonly #ids: Ids;
  readonly #catalog: StoredFunctions;
  readonly #uploads: CodeUploads;

  constructor(options: ControlOptions) {
    this.#store = options.store;
    this.#ids = options.ids;
    this.#catalog = options.catalog;
    this.#uploads = options.uploads;
  }

  async create(context: CallContext, input: CreateInput): Promise<FunctionConfiguration> {
    refuseUnsupported(input);
    refusePublishTo(input);
    const name = newName(context, input.FunctionName);
    const settings = newSettings(name, input);
    const key = { ...place(context), name, version: LATEST };
    if (await functions.find(this.#store, key)) throw alreadyExists(name);
    const layers = await usedLayers(this.#store, context, input.Layers ?? []);
    const latest: FunctionRecord = {
      ...key,
      revisionId: this.#ids.uuid(),
      settings,
      layers,
      code: await this.#uploads.take("CreateFunction", input.Code, { layers }),
      architectures: input.Architectures ?? ARCHITECTURES,
      lastModifiedMs: context.clock.now(),
      shared: { ...NOTHING_SHARED, tags: checkTags(input.Tags ?? {}) },
    };
    const made: Modification = input.Publish ? publication(latest, this.#ids.uuid()) : { latest };
    await functions.insert(this.#store, made).catch((error) => {
      throw error instanceof Conflict ? alreadyExists(name) : error;
    });
    return toConfiguration(made.published ?? latest);
  }

  async updateCode(context: CallContext, input: UpdateCodeInput): Promise<FunctionConfiguration> {
    refuseUnsupported(input);
    refusePublishTo(input);
    return this.#update(context, input, async (before) => ({
      ...before,
      code: await this.#uploads.take("UpdateFunctionCode", input, {
        layers: before.layers,
        dryRun: input.DryRun ?? false,
      }),
      architectures: input.Architectures ?? before.architectures,
    }));
  }

  async updateSettings(context: CallContext, input: UpdateSettingsInput): Promise<FunctionConfiguration> {
    refuseUnsupported(input);
    return this.#update(context, input, async (before) => {
      const settings = changedSettings(before.name, before.settings, input);
      if (!input.Layers) return { ...before, settings };
      const layers = await usedLayers(this.#store, context, input.Layers);
      if ("sha256" in before.code) requireFit(before.code.unpackedBytes ?? 0, layers);
      return { ...before, settings, layers };
    });
  }

  async configuration(context: CallContext, input: Named): Promise<FunctionConfiguration> {
    const reference = parseReference(context, input.FunctionName, input.Qualifier);
    return toConfiguration(await this.#catalog.record(context, reference), reference.qualifier);
  }

  async get(context: CallContext, input: Named) {
    const reference = parseReference(context, input.FunctionName, input.Qualifier);
    const record = await this.#catalog.record(context, reference);
    const { tags } = record.shared;
    const concurrency = concurrencyOf(record);
    return {
      Configuration: toConfiguration(record, reference.qualifier),
      Code: toCodeLocation(await this.#catalog.folderOf(record)),
      ...(Object.keys(tags).length > 0 ? { Tags: tags } : {}),
      ...(concurrency ? { Concurrency: concurrency } : {}),
    };
  }

  async list(context: CallContext, input: ListInput) {
    if (input.MasterRegion !== undefined) {
      throw notSupported("replicated Lambda@Edge functions (MasterRegion)", "Leave it out.");
    }
    const [name = "", version = ""] = afterMarker("ListFunctions", input.Marker).split(":");
    const all = input.FunctionVersion === "ALL";
    const found = await functions.list(this.#store, context, { name, version }, all, pageSize(input) + 1);
    const { items, ...more } = cutPage(found, (record) => `${record.name}:${record.version}`, input);
    return {
      Functions: items.map((record) => toListed(record, all ? record.version : undefined)),
      ...more,
    };
  }

  async delete(context: CallContext, input: Named): Promise<{ StatusCode: number }> {
    const reference = parseReference(context, input.FunctionName, input.Qualifier);
    const { name, qualifier } = reference;
    if (qualifier === LATEST) {
      throw invalidParameter("$LATEST version cannot be deleted without deleting the function.");
    }
    if (qualifier !== undefined) {
      if (!isVersionNumber(qualifier)) {
        throw invalidParameter("Deletion of aliases is not currently supported.");
      }
      await functions.modify(this.#store, context, name, (latest) => withoutVersion(latest, qualifier));
      return { StatusCode: 204 };
    }
    await functions.delete(this.#store, { ...place(context), name, version: LATEST }).catch((error) => {
      throw error instanceof Conflict ? functionNotFound(referenceArn(context, reference)) : error;
    });
    return { StatusCode: 204 };
  }

  async #update(
    context: CallContext,
    input: Named & Publishing & { readonly RevisionId?: string; readonly DryRun?: boolean },
    change: (before: FunctionRecord) => Promise<FunctionRecord>,
  ): Promise<FunctionConfiguration> {
    const name = parseUnqualified(context, input.FunctionName);
    const before = await this.#catalog.record(context, { name });
    if (input.RevisionId !== undefined && input.RevisionId !== before.revisionId) throw staleRevision();
    const changed: FunctionRecord = {
      ...(await change(before)),
      revisionId: this.#ids.uuid(),
      lastModifiedMs: context.clock.now(),
    };
    const decide = ({ shared }: FunctionRecord): Modification & { readonly version?: string } => {
      const latest = { ...changed, shared };
      return input.Publish ? publication(latest, this.#ids.uuid()) : { latest };
    };
    if (input.DryRun) return toConfiguration(decide(before).latest);
    const { latest, published, version } = await functions.modify(this.#store, context, name, (found) => {
      if (found.revisionId !== before.revisionId) throw updateInProgress(before);
      return decide(found);
    });
    if (version === undefined) return toConfiguration(latest);
    return toConfiguration(
      published ?? (await this.#catalog.record(context, { name, qualifier: version })),
      version,
    );
  }
}

/** A name alone may be shorter than an ARN; AWS reports that one under another code than its model's constraints. */
function newName(context: CallContext, functionName: string): string {
  const name = parseUnqualified(context, functionName);
  if (name.length <= LONGEST_NAME) return name;
  throw invalidParameter(
    outOfRange("functionName", name, `have length less than or equal to ${LONGEST_NAME}`).message,
  );
}

function place({ account, region }: CallContext) {
  return { account, region };
}

function alreadyExists(name: string) {
  return conflict(`Function already exist: ${name}`);
}

function updateInProgress({ account, region, name }: FunctionRecord) {
  return conflict(
    "The operation cannot be performed at this time. An update is in progress for resource: " +
      functionArn(account, region, name),
  );
}
