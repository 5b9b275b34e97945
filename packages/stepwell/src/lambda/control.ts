import type { CallContext } from "../kernel/context.ts";
import { notSupported } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import { Conflict } from "../store/errors.ts";
import type { Store } from "../store/store.ts";
import type { StoredFunctions } from "./catalog.ts";
import { conflict, functionNotFound, invalidParameter, staleRevision } from "./errors.ts";
import {
  type FunctionConfiguration,
  type FunctionRecord,
  toCodeLocation,
  toConfiguration,
} from "./record.ts";
import {
  type FunctionReference,
  functionArn,
  LATEST,
  parseReference,
  referenceArn,
  requireLatest,
} from "./reference.ts";
import { changedSettings, newSettings, type SettingsInput } from "./settings.ts";
import type { CodeInput, CodeUploads } from "./source.ts";
import { functions } from "./table.ts";
import { refuseUnsupported, type UnsupportedInput } from "./unsupported.ts";

interface Named {
  readonly FunctionName: string;
  readonly Qualifier?: string;
}

interface CreateInput extends Named, SettingsInput, Omit<UnsupportedInput, "Runtime"> {
  readonly Code: CodeInput;
  readonly Architectures?: readonly string[];
  readonly Tags?: Readonly<Record<string, string>>;
}

interface UpdateCodeInput extends Named, CodeInput, Omit<UnsupportedInput, "Runtime"> {
  readonly Architectures?: readonly string[];
  readonly DryRun?: boolean;
  readonly RevisionId?: string;
}

interface UpdateSettingsInput extends Named, SettingsInput, Omit<UnsupportedInput, "Runtime"> {
  readonly RevisionId?: string;
}

interface ListInput {
  readonly Marker?: string;
  readonly MaxItems?: number;
  readonly MasterRegion?: string;
}

const ARCHITECTURES = ["x86_64"];
/** AWS gives no more than this per page, whatever is asked for. */
const PAGE = 50;

interface ControlOptions {
  readonly store: Store;
  readonly ids: Ids;
  readonly catalog: StoredFunctions;
  readonly uploads: CodeUploads;
}

/**
 * The operations that make, show, change and remove functions
 * (https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html). A change is in force when the call returns, so
 * State is always Active and LastUpdateStatus always Successful. There are no versions and aliases yet: every
 * qualifier but `$LATEST` is not found.
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
    const { name } = parseUnqualified(context, input.FunctionName);
    const settings = newSettings(name, input);
    const key = { ...place(context), name, version: LATEST };
    if (await functions.find(this.#store, key)) throw alreadyExists(name);
    const record: FunctionRecord = {
      ...key,
      revisionId: this.#ids.uuid(),
      settings,
      code: await this.#uploads.take("CreateFunction", input.Code),
      architectures: input.Architectures ?? ARCHITECTURES,
      tags: input.Tags ?? {},
      lastModifiedMs: context.clock.now(),
    };
    await functions.insert(this.#store, record).catch((error) => {
      throw error instanceof Conflict ? alreadyExists(name) : error;
    });
    return toConfiguration(record);
  }

  async updateCode(context: CallContext, input: UpdateCodeInput): Promise<FunctionConfiguration> {
    refuseUnsupported(input);
    return this.#update(context, input, input.DryRun === true, async (before) => ({
      ...before,
      code: await this.#uploads.take("UpdateFunctionCode", input),
      architectures: input.Architectures ?? before.architectures,
    }));
  }

  async updateSettings(context: CallContext, input: UpdateSettingsInput): Promise<FunctionConfiguration> {
    refuseUnsupported(input);
    return this.#update(context, input, false, (before) => ({
      ...before,
      settings: changedSettings(before.name, before.settings, input),
    }));
  }

  async configuration(context: CallContext, input: Named): Promise<FunctionConfiguration> {
    return toConfiguration(
      await this.#catalog.record(context, parseReference(context, input.FunctionName, input.Qualifier)),
    );
  }

  async get(context: CallContext, input: Named) {
    const record = await this.#catalog.record(
      context,
      parseReference(context, input.FunctionName, input.Qualifier),
    );
    return {
      Configuration: toConfiguration(record),
      Code: toCodeLocation(await this.#catalog.folderOf(record)),
      ...(Object.keys(record.tags).length > 0 ? { Tags: record.tags } : {}),
    };
  }

  async list(context: CallContext, input: ListInput) {
    if (input.MasterRegion !== undefined) {
      throw notSupported("replicated Lambda@Edge functions (MasterRegion)", "Leave it out.");
    }
    const most = Math.min(input.MaxItems ?? PAGE, PAGE);
    const { account, region } = context;
    const records = await functions.list(this.#store, account, region, afterMarker(input.Marker), most + 1);
    const page = records.slice(0, most);
    return {
      Functions: page.map(toConfiguration),
      ...(records.length > most ? { NextMarker: toMarker(page.at(-1)!.name) } : {}),
    };
  }

  async delete(context: CallContext, input: Named): Promise<{ StatusCode: number }> {
    const reference = parseReference(context, input.FunctionName, input.Qualifier);
    if (reference.qualifier === LATEST) {
      throw invalidParameter("$LATEST version cannot be deleted without deleting the function.");
    }
    const record = await this.#catalog.record(context, reference);
    await functions.delete(this.#store, record).catch((error) => {
      throw error instanceof Conflict ? functionNotFound(referenceArn(context, reference)) : error;
    });
    return { StatusCode: 204 };
  }

  async #update(
    context: CallContext,
    input: Named & { readonly RevisionId?: string },
    dryRun: boolean,
    change: (before: FunctionRecord) => FunctionRecord | Promise<FunctionRecord>,
  ): Promise<FunctionConfiguration> {
    const before = await this.#catalog.record(context, parseUnqualified(context, input.FunctionName));
    if (input.RevisionId !== undefined && input.RevisionId !== before.revisionId) throw staleRevision();
    const after: FunctionRecord = {
      ...(await change(before)),
      revisionId: this.#ids.uuid(),
      lastModifiedMs: context.clock.now(),
    };
    if (!dryRun) {
      await functions.update(this.#store, before, after).catch((error) => {
        throw error instanceof Conflict ? updateInProgress(before) : error;
      });
    }
    return toConfiguration(after);
  }
}

function place({ account, region }: CallContext) {
  return { account, region };
}

/** For operations that concern the whole function. */
function parseUnqualified(context: CallContext, functionName: string): FunctionReference {
  const reference = parseReference(context, functionName);
  requireLatest(context, reference);
  return reference;
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

/** Opaque to callers; the name of the last function of the page before. */
function toMarker(name: string): string {
  return Buffer.from(name).toString("base64url");
}

function afterMarker(marker: string | undefined): string {
  const name = Buffer.from(marker ?? "", "base64url").toString();
  if (toMarker(name) !== (marker ?? "")) {
    throw invalidParameter(
      `The Marker "${marker}" is none that ListFunctions gave. Leave it out to begin again.`,
    );
  }
  return name;
}
