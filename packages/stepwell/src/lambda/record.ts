import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import type { LambdaFunction } from "./function.ts";
import type { UsedLayer } from "./layers/use.ts";
import { functionArn } from "./reference.ts";
import type { FunctionSettings } from "./settings.ts";
import type { FunctionShared } from "./shared.ts";

/** A zip that is stored. `unpackedBytes` is absent of those stored by versions that did not measure it. */
export interface CodePackage {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly unpackedBytes?: number;
}

/** Where a function's code is. */
export type CodeSource =
  /** A deployment package: a blob under its SHA-256 (hex). */
  | CodePackage
  /** A folder that is used as it is. When it is not watched, an UpdateFunctionCode says that it has changed. */
  | { readonly folder: string; readonly watched: boolean };

/** A version of a function as it is stored. */
export interface FunctionRecord {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly version: string;
  /** AWS's RevisionId: a new one with every change, and the guard of the next. */
  readonly revisionId: string;
  readonly settings: FunctionSettings;
  readonly code: CodeSource;
  /** In their order: what a later one has wins. */
  readonly layers: readonly UsedLayer[];
  readonly architectures: readonly string[];
  readonly lastModifiedMs: number;
  readonly shared: FunctionShared;
}

/** The function as AWS's FunctionConfiguration; its ARN has the qualifier by which it was asked for. */
export function toConfiguration(record: FunctionRecord, qualifier?: string) {
  const { account, region, name, version, settings, code, layers } = record;
  return {
    FunctionName: name,
    FunctionArn: functionArn(account, region, name, qualifier),
    ...settings,
    ...(layers.length > 0
      ? { Layers: layers.map(({ arn, sizeBytes }) => ({ Arn: arn, CodeSize: sizeBytes })) }
      : {}),
    SnapStart: { ApplyOn: "None", ...settings.SnapStart, OptimizationStatus: "Off" },
    CodeSize: "folder" in code ? 0 : code.sizeBytes,
    CodeSha256: codeSha256(code),
    Version: version,
    LastModified: awsTime(record.lastModifiedMs),
    RevisionId: record.revisionId,
    State: "Active",
    LastUpdateStatus: "Successful",
    PackageType: "Zip",
    Architectures: record.architectures,
    RuntimeVersionConfig: {
      RuntimeVersionArn: `arn:aws:lambda:${record.region}::runtime:${sha256(settings.Runtime).toString("hex")}`,
    },
  };
}

export type FunctionConfiguration = ReturnType<typeof toConfiguration>;

/** The function in a list: AWS leaves its state and its runtime's version to GetFunction. */
export function toListed(record: FunctionRecord, qualifier?: string) {
  const { State, LastUpdateStatus, RuntimeVersionConfig, ...listed } = toConfiguration(record, qualifier);
  return listed;
}

/** `folder` is where the code lies unpacked: AWS gives a link to download the zip, here it can be looked at. */
export function toCodeLocation(folder: string) {
  return { RepositoryType: "S3", Location: pathToFileURL(folder).href };
}

export function toLambdaFunction(record: FunctionRecord): LambdaFunction {
  const { account, region, name, version } = record;
  const durable = record.settings.DurableConfig;
  return {
    account,
    region,
    name,
    version,
    arn: functionArn(account, region, name),
    perTenant: record.settings.TenancyConfig !== undefined,
    ...(durable
      ? {
          durable: {
            executionTimeoutSeconds: durable.ExecutionTimeout!,
            retentionDays: durable.RetentionPeriodInDays!,
          },
        }
      : {}),
  };
}

/** Base64, as AWS has it. A folder's content changes, so its path stands for it. */
export function codeSha256(code: CodeSource): string {
  return ("folder" in code ? sha256(code.folder) : Buffer.from(code.sha256, "hex")).toString("base64");
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** `2030-01-01T00:00:00.000+0000` */
export function awsTime(atMs: number): string {
  return new Date(atMs).toISOString().replace("Z", "+0000");
}
