import { invalidParameter, notFound } from "../errors.ts";
import type { Place } from "../reference.ts";

/** What identifies a version of a layer. */
export interface LayerVersionKey extends Place {
  readonly name: string;
  readonly version: number;
}

/** `arn:aws:lambda:REGION:ACCOUNT:layer:NAME` and, of a version, `:VERSION`. */
const ARN = /^arn:aws[a-zA-Z-]*:lambda:([a-z0-9-]+):(\d{12}):layer:([a-zA-Z0-9-_]+)(?::(\d+))?$/;

export function layerArn({ account, region }: Place, name: string): string {
  return `arn:aws:lambda:${region}:${account}:layer:${name}`;
}

export function layerVersionArn(key: LayerVersionKey): string {
  return `${layerArn(key, key.name)}:${key.version}`;
}

/** The layer that a LayerName, which may be an ARN, stands for in the caller's account and region. */
export function parseLayerName(place: Place, layerName: string): string {
  const [, region, account, name = layerName] = ARN.exec(layerName) ?? [];
  if (region !== undefined && (region !== place.region || account !== place.account)) {
    throw notFound("The resource you requested does not exist.");
  }
  return name;
}

export function parseLayerVersion(place: Place, layerName: string, version: number): LayerVersionKey {
  if (version < 1) throw invalidParameter("Layer Version Cannot be less than 1.");
  return { account: place.account, region: place.region, name: parseLayerName(place, layerName), version };
}

/** Undefined for what is no ARN of a layer's version. */
export function parseLayerVersionArn(arn: string): LayerVersionKey | undefined {
  const [, region, account, name, version] = ARN.exec(arn) ?? [];
  if (region === undefined || version === undefined) return undefined;
  return { account: account!, region, name: name!, version: Number(version) };
}
