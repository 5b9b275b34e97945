import type { CallContext } from "../kernel/context.ts";
import { notSupported } from "../kernel/errors.ts";
import type { Operation } from "../kernel/operations.ts";
import type { Store } from "../store/store.ts";
import type { StoredFunctions } from "./catalog.ts";
import { conflict, functionNotFound, invalidParameter, staleRevision } from "./errors.ts";
import { type PageInput, pageOf } from "./page.ts";
import {
  codeSha256,
  type FunctionConfiguration,
  type FunctionRecord,
  toConfiguration,
  toListed,
} from "./record.ts";
import { functionArn, LATEST, parseUnqualified } from "./reference.ts";
import { withoutQualifier } from "./shared.ts";
import { functions, type Modification } from "./table.ts";

interface PublishInput {
  readonly FunctionName: string;
  readonly CodeSha256?: string;
  readonly Description?: string;
  readonly RevisionId?: string;
  readonly PublishTo?: string;
}

/** A change that publishes `$LATEST`. */
export interface Publication extends Modification {
  /** The number of the new version, or of the last one when `$LATEST` has not changed since. */
  readonly version: string;
}

/**
 * Makes a version of `$LATEST` (https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html): a copy of
 * its configuration that never changes, with the same deployment package. What runs from a folder cannot be
 * published: the folder's content may change at any time, and a version must not.
 */
export function publication(latest: FunctionRecord, revisionId: string, description?: string): Publication {
  const { name, settings, code, layers, architectures, shared } = latest;
  if ("folder" in code) {
    throw notSupported(
      `versions of a function that runs from a folder (${name} from ${code.folder})`,
      "Update its code with a ZipFile first, or use $LATEST.",
    );
  }
  const made = JSON.stringify([settings, code, architectures, ...layers]);
  const last = String(shared.lastVersion);
  if (shared.lastPublished === made && shared.versions.includes(last)) return { latest, version: last };
  const version = String(shared.lastVersion + 1);
  return {
    version,
    latest: {
      ...latest,
      shared: {
        ...shared,
        versions: [...shared.versions, version],
        lastVersion: shared.lastVersion + 1,
        lastPublished: made,
      },
    },
    published: {
      ...latest,
      version,
      revisionId,
      settings: { ...settings, Description: description ?? settings.Description },
    },
  };
}

/** Removes a version, unless an alias needs it. */
export function withoutVersion(latest: FunctionRecord, version: string): Modification {
  const { shared } = latest;
  // AWS deletes a version that is not there as often as it is asked to.
  if (!shared.versions.includes(version)) return { latest };
  const users = shared.aliases.filter(
    (alias) => alias.version === version || alias.additional?.version === version,
  );
  if (users.length > 0) {
    throw conflict(
      `Unable to delete version because the following aliases reference it: [${users.map((alias) => alias.name).join(", ")}]`,
    );
  }
  const versions = shared.versions.filter((one) => one !== version);
  return {
    latest: { ...latest, shared: { ...withoutQualifier(shared, version), versions } },
    removed: version,
  };
}

/** PublishVersion and ListVersionsByFunction. */
export function versionOperations(store: Store, catalog: StoredFunctions, newRevision: () => string) {
  return {
    async PublishVersion(context: CallContext, input: PublishInput): Promise<FunctionConfiguration> {
      refusePublishTo(input);
      const name = parseUnqualified(context, input.FunctionName);
      const { published, version } = await functions.modify(store, context, name, (latest) => {
        requireState(latest, input);
        return publication(latest, newRevision(), input.Description);
      });
      const record = published ?? (await catalog.record(context, { name, qualifier: version }));
      return toConfiguration(record, version);
    },
    async ListVersionsByFunction(context: CallContext, input: PageInput & { readonly FunctionName: string }) {
      const name = parseUnqualified(context, input.FunctionName);
      const records = await functions.versions(store, context, name);
      if (records.length === 0) throw functionNotFound(functionArn(context.account, context.region, name));
      records.sort((one, other) => order(one) - order(other));
      const { items, ...more } = pageOf("ListVersionsByFunction", records, ({ version }) => version, input);
      return { Versions: items.map((record) => toListed(record, record.version)), ...more };
    },
  } satisfies Record<string, Operation>;
}

/** Where PublishTo says that another kind of version is wanted. */
export function refusePublishTo({ PublishTo }: { readonly PublishTo?: string }): void {
  if (PublishTo !== undefined) throw notSupported(`PublishTo (${PublishTo})`, "Leave it out.");
}

function requireState(latest: FunctionRecord, { RevisionId, CodeSha256 }: PublishInput): void {
  if (RevisionId !== undefined && RevisionId !== latest.revisionId) throw staleRevision();
  const current = codeSha256(latest.code);
  // AWS takes an empty one for none.
  if (CodeSha256 && CodeSha256 !== current) {
    throw invalidParameter(
      `CodeSHA256 (${CodeSha256}) is different from current CodeSHA256 in $LATEST (${current}). ` +
        "Please try again with the CodeSHA256 in $LATEST.",
    );
  }
}

/** `$LATEST` comes first. */
function order({ version }: FunctionRecord): number {
  return version === LATEST ? 0 : Number(version);
}
