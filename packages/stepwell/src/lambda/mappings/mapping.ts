import { functionArn, type Place } from "../reference.ts";

/**
 * What a mapping is configured to do, under AWS's names and with its defaults filled in
 * (https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html).
 */
export interface MappingSettings {
  readonly BatchSize: number;
  readonly MaximumBatchingWindowInSeconds: number;
  readonly FunctionResponseTypes: readonly string[];
  readonly FilterCriteria?: FilterCriteria;
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number };
  /** Kept and shown: there is nothing that it could encrypt here. */
  readonly KMSKeyArn?: string;
}

export interface FilterCriteria {
  readonly Filters?: readonly { readonly Pattern?: string }[];
}

/** What carries events from a source to a function. */
export interface Mapping {
  readonly account: string;
  readonly region: string;
  readonly uuid: string;
  readonly sourceArn: string;
  readonly functionName: string;
  /** As its owner named the function. */
  readonly qualifier?: string;
  readonly enabled: boolean;
  readonly settings: MappingSettings;
  readonly tags: Readonly<Record<string, string>>;
  readonly lastModifiedMs: number;
  /** How often it has changed. */
  readonly version: number;
}

function mappingArn({ account, region }: Place, uuid: string): string {
  return `arn:aws:lambda:${region}:${account}:event-source-mapping:${uuid}`;
}

/** The ARN of the function that it calls, qualifier included. */
export function targetArn({ account, region, functionName, qualifier }: Mapping): string {
  return functionArn(account, region, functionName, qualifier);
}

/**
 * In AWS's form. A change is in force when its call returns, so only the answers to changes tell of the states on the
 * way, as AWS's do.
 */
export function toAnswer(mapping: Mapping, state = mapping.enabled ? "Enabled" : "Disabled") {
  const { FunctionResponseTypes, FilterCriteria, ScalingConfig, ...settings } = mapping.settings;
  return {
    UUID: mapping.uuid,
    ...settings,
    EventSourceArn: mapping.sourceArn,
    ...(FilterCriteria?.Filters?.length ? { FilterCriteria } : {}),
    ...(ScalingConfig?.MaximumConcurrency === undefined ? {} : { ScalingConfig }),
    FunctionArn: targetArn(mapping),
    LastModified: mapping.lastModifiedMs,
    State: state,
    StateTransitionReason: "USER_INITIATED",
    FunctionResponseTypes,
    EventSourceMappingArn: mappingArn(mapping, mapping.uuid),
  };
}
