import { AwsError } from "../../kernel/errors.ts";
import type { Store } from "../../store/store.ts";
import { UNPACKED_BYTES } from "../code/zip-plan.ts";
import { invalidParameter } from "../errors.ts";
import type { Place } from "../reference.ts";
import { type LayerVersionKey, layerArn, layerVersionArn, parseLayerVersionArn } from "./reference.ts";
import { layers } from "./table.ts";

/** A layer's version as a function uses it. The function keeps it even when the version is deleted, as on AWS. */
export interface UsedLayer {
  /** With the version. */
  readonly arn: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly unpackedBytes: number;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MOST_LAYERS = 5;

/** The layers that a function is to use, in its order. Throws AWS's errors for those that it cannot have. */
export async function usedLayers(
  store: Store,
  place: Place,
  arns: readonly string[],
): Promise<readonly UsedLayer[]> {
  if (arns.length > MOST_LAYERS) throw invalidParameter(`Cannot reference more than ${MOST_LAYERS} layers.`);
  const used: UsedLayer[] = [];
  const byLayer = new Map<string, string>();
  for (const arn of arns) {
    const key = parseLayerVersionArn(arn);
    if (!key) throw notOfThisAccount(place, arn);
    requireReach(place, key);
    const layer = await layers.find(store, key);
    if (!layer) throw invalidParameter(`Layer version ${arn} does not exist.`);
    const name = layerArn(key, key.name);
    const other = byLayer.get(name);
    if (other !== undefined) {
      throw invalidParameter(
        "Two different versions of the same layer are not allowed to be referenced in the same function. " +
          `${other} and ${arn} are versions of the same layer.`,
      );
    }
    byLayer.set(name, arn);
    const { sha256, sizeBytes, unpackedBytes } = layer;
    used.push({ arn: layerVersionArn(key), sha256, sizeBytes, unpackedBytes });
  }
  if (unpackedBytesOf(used) >= UNPACKED_BYTES) {
    throw invalidParameter(`Layers consume more than the available size of ${UNPACKED_BYTES} bytes`);
  }
  return used;
}

/** Refuses code that has, with its layers, more than AWS's 250 MB when all is unpacked. */
export function requireFit(codeBytes: number, used: readonly UsedLayer[]): void {
  const bytes = codeBytes + unpackedBytesOf(used);
  if (bytes <= UNPACKED_BYTES) return;
  throw invalidParameter(
    `Function code combined with layers exceeds the maximum allowed size of ${UNPACKED_BYTES} bytes. ` +
      `The actual size is ${bytes} bytes.`,
  );
}

function unpackedBytesOf(used: readonly UsedLayer[]): number {
  return used.reduce((sum, { unpackedBytes }) => sum + unpackedBytes, 0);
}

function requireReach(place: Place, key: LayerVersionKey): void {
  if (key.account !== place.account) throw notOfThisAccount(place, layerVersionArn(key));
  if (key.region === place.region) return;
  throw invalidParameter(
    "Layers are not in the same region as the function. " +
      `Layers are expected to be in region ${place.region}.`,
  );
}

/** AWS's words for a layer that another account does not share; what to do instead follows. */
function notOfThisAccount({ account }: Place, arn: string): AwsError {
  return new AwsError(
    "AccessDeniedException",
    `User: arn:aws:iam::${account}:root is not authorized to perform: lambda:GetLayerVersion on resource: ${arn} ` +
      "because no resource-based policy allows the lambda:GetLayerVersion action " +
      "(Stepwell cannot fetch layers of other accounts: download the layer and publish it here with PublishLayerVersion)",
    { httpStatus: 403 },
  );
}
