import { validationError } from "./errors.ts";

/** Where buses, rules and archives are. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

/** A bus, by all that its name is made of. */
export interface BusName extends Place {
  readonly name: string;
}

/** The bus that every account has in every region. */
export const DEFAULT_BUS = "default";

/** Sorts after every other text in a store. */
export const LAST_TEXT = "\u{10ffff}";

const BUS_ARN = /^arn:aws[\w-]*:events:([\w-]+):(\d{12}):event-bus\/(.+)$/;
const RULE_ARN = /^arn:aws[\w-]*:events:([\w-]+):(\d{12}):rule\/(?:(.+)\/)?([^/]+)$/;

/** `arn:aws:events:REGION:ACCOUNT:event-bus/NAME` */
export function busArn({ account, region, name }: BusName): string {
  return `arn:aws:events:${region}:${account}:event-bus/${name}`;
}

/** `arn:aws:events:REGION:ACCOUNT:rule/NAME`, or `…:rule/BUS/NAME` for a rule of another bus than the default one. */
export function ruleArn({ account, region, name: bus }: BusName, rule: string): string {
  return `arn:aws:events:${region}:${account}:rule/${bus === DEFAULT_BUS ? "" : `${bus}/`}${rule}`;
}

export function archiveArn({ account, region }: Place, name: string): string {
  return `arn:aws:events:${region}:${account}:archive/${name}`;
}

export function replayArn({ account, region }: Place, name: string): string {
  return `arn:aws:events:${region}:${account}:replay/${name}`;
}

/** The bus that a request names: by name or ARN, the default one by default. */
export function namedBus({ account, region }: Place, nameOrArn = DEFAULT_BUS): BusName {
  return parseBusArn(nameOrArn) ?? { account, region, name: nameOrArn };
}

export function parseBusArn(arn: string): BusName | undefined {
  const [, region, account, name] = BUS_ARN.exec(arn) ?? [];
  return name === undefined ? undefined : { account: account!, region: region!, name };
}

/** The rule that an ARN names, with its bus. */
export function parseRuleArn(arn: string): { readonly bus: BusName; readonly rule: string } | undefined {
  const [, region, account, bus = DEFAULT_BUS, rule] = RULE_ARN.exec(arn) ?? [];
  if (rule === undefined) return undefined;
  return { bus: { account: account!, region: region!, name: bus }, rule };
}

/** The name of the archive that an ARN names. */
export function parseArchiveArn(place: Place, arn: string): string {
  const prefix = archiveArn(place, "");
  if (arn.startsWith(prefix)) return arn.slice(prefix.length);
  throw validationError(
    `Parameter EventSourceArn is not valid. Reason: Must contain an archive ARN of this account and region.`,
  );
}
