/** How a field's name is compared. */
export const FieldMatchMode = {
  /** With any part of a path. The default. */
  ANYWHERE: "ANYWHERE",
  /** With a whole path, such as `customer.email`. */
  PATH: "PATH",
} as const;
export type FieldMatchMode = (typeof FieldMatchMode)[keyof typeof FieldMatchMode];

/** What a preview shows of fields that are not mentioned. */
export const PreviewMode = { INCLUDE_ALL: "INCLUDE_ALL", EXCLUDE_ALL: "EXCLUDE_ALL" } as const;
export type PreviewMode = (typeof PreviewMode)[keyof typeof PreviewMode];

export interface PreviewField {
  name: string;
  match?: FieldMatchMode;
}

export interface PreviewConfig {
  mode: PreviewMode;
  /** Shown although the mode is EXCLUDE_ALL. */
  include?: PreviewField[];
  /** Never shown. */
  exclude?: PreviewField[];
  /** Shown as `maskString`. */
  mask?: PreviewField[];
  /** @defaultValue "***" */
  maskString?: string;
  /** Fields are left out from where the preview would become larger than this. @defaultValue 4096 */
  maxPreviewBytes?: number;
}

/** Keys that would reach an object's prototype when the preview is put together. */
const DANGEROUS_KEYS = new Set(["__proto__", "constructor", "prototype"]);

type Leaf = readonly [path: string, value: unknown];

/**
 * A small part of a value that may be shown, for histories and consoles when the value itself is stored elsewhere.
 * Undefined when nothing may be shown, or the value is not an object. Items of arrays share their array's path.
 */
// biome-ignore lint/suspicious/noExplicitAny: any value can be previewed.
export function buildPreview(value: any, config: PreviewConfig): Record<string, unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const shown: Leaf[] = [];
  let bytes = 2;
  for (const leaf of leaves(value, "", config)) {
    bytes += Buffer.byteLength(`"${leaf[0]}":${JSON.stringify(leaf[1])},`);
    if (bytes > (config.maxPreviewBytes ?? 4096)) break;
    shown.push(leaf);
  }
  return shown.length > 0 ? nested(shown) : undefined;
}

function* leaves(value: unknown, prefix: string, config: PreviewConfig): Generator<Leaf> {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) yield* leaves(item, prefix, config);
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    // A dot could not be told from a level.
    if (DANGEROUS_KEYS.has(key) || key.includes(".")) continue;
    const path = prefix === "" ? key : `${prefix}.${key}`;
    const isMentioned = (fields: PreviewField[] = []): boolean =>
      fields.some((field) => matches(path, field));
    if (isMentioned(config.exclude)) continue;
    if (isMentioned(config.mask)) yield [path, config.maskString ?? "***"];
    else if (typeof member === "object" && member !== null) yield* leaves(member, path, config);
    else if (config.mode === "INCLUDE_ALL" || isMentioned(config.include)) yield [path, member];
  }
}

function matches(path: string, { name, match }: PreviewField): boolean {
  return match === "PATH" ? path === name : path.split(".").includes(name);
}

function nested(shown: readonly Leaf[]): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [path, value] of shown) {
    const parts = path.split(".");
    let node = root;
    for (const part of parts.slice(0, -1)) {
      if (typeof node[part] !== "object" || node[part] === null) node[part] = {};
      node = node[part] as Record<string, unknown>;
    }
    node[parts[parts.length - 1]!] = value;
  }
  return root;
}
