import { invalidParameter, notFound } from "./errors.ts";
import type { SecretVersion } from "./secret.ts";

export const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";
/** Deprecated versions beyond so many are removed. */
const MOST_VERSIONS = 100;

type Versions = readonly SecretVersion[];

/** The version that has a stage. */
export function versionAt(versions: Versions, stage: string): SecretVersion | undefined {
  return versions.find(({ stages }) => stages.includes(stage));
}

/** A new version gets its stages from whichever had them; the first one is always the current one. */
export function withVersion(
  versions: Versions,
  id: string,
  stages: readonly string[],
  nowMs: number,
): Versions {
  const wanted = versions.length === 0 ? [...new Set([...stages, CURRENT])] : stages;
  const added: Versions = [...versions, { id, createdAtMs: nowMs, stages: [] }];
  return withoutOldest(wanted.reduce((all, stage) => moved(all, stage, id), added));
}

/**
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html; refuses what would
 * leave the secret without a current version.
 */
export function withStageMoved(
  versions: Versions,
  stage: string,
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
): Versions {
  for (const id of [from, to]) {
    if (id !== undefined && !versions.some((version) => version.id === id)) {
      throw notFound(`Secrets Manager can't find the specified secret value for VersionId: ${id}`);
    }
  }
  const holder = versionAt(versions, stage)?.id;
  if (from !== undefined && holder !== from) {
    throw invalidParameter(
      `The parameter RemoveFromVersionId has an invalid value. Staging label ${stage} is not attached to version ${from}.`,
    );
  }
  if (to === undefined) {
    if (from === undefined)
      throw invalidParameter("You must provide RemoveFromVersionId or MoveToVersionId.");
    if (stage === CURRENT) {
      throw invalidParameter(
        "You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.",
      );
    }
    return without(versions, stage);
  }
  if (holder !== undefined && holder !== to && from === undefined) {
    throw invalidParameter(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ` +
        `${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
  return moved(versions, stage, to);
}

/** What was current before becomes the previous one. */
function moved(versions: Versions, stage: string, to: string): Versions {
  const holder = versionAt(versions, stage)?.id;
  if (holder === to) return versions;
  const result = attached(without(versions, stage), stage, to);
  if (stage !== CURRENT || holder === undefined) return result;
  return attached(without(result, PREVIOUS), PREVIOUS, holder);
}

function without(versions: Versions, stage: string): Versions {
  return versions.map((version) => ({
    ...version,
    stages: version.stages.filter((other) => other !== stage),
  }));
}

function attached(versions: Versions, stage: string, id: string): Versions {
  return versions.map((version) =>
    version.id === id ? { ...version, stages: [...version.stages, stage].sort() } : version,
  );
}

function withoutOldest(versions: Versions): Versions {
  const oldest = versions.filter(({ stages }) => stages.length === 0);
  const removed = new Set(oldest.slice(0, Math.max(0, versions.length - MOST_VERSIONS)));
  return versions.filter((version) => !removed.has(version));
}
