import type { ConstraintFile, MemberFile, ShapeFile, SimpleType } from "../src/kernel/schema/file.ts";
import type { Constraint } from "./build.ts";
import type { ClientMember, ClientShape, ClientTraits } from "./client-schema.ts";
import type { ShapeNames } from "./shape-names.ts";

type Collection = ClientShape & { kind: "list" | "map" };
type Structure = ClientShape & { kind: "structure" | "union" };
type Simple = Exclude<ClientShape, Collection | Structure>;

/** Collects a service's shapes by name, each with the constraints that are known of it. */
export class Shapes {
  readonly built = new Map<string, ShapeFile>();
  readonly #names: ShapeNames;
  readonly #constraints: Readonly<Record<string, Constraint>>;
  readonly #clientModule: Readonly<Record<string, unknown>>;

  constructor(
    names: ShapeNames,
    constraints: Readonly<Record<string, Constraint>>,
    clientModule: Readonly<Record<string, unknown>>,
  ) {
    this.#names = names;
    this.#constraints = constraints;
    this.#clientModule = clientModule;
  }

  /** Adds the shape with all that it contains and returns its name. `places` say where it was met. */
  add(shape: ClientShape, ...places: string[]): string {
    const name = this.#names.at(places, shape);
    if (name && this.built.has(name)) return name;
    if (isStructure(shape)) return this.#addStructure(shape);
    if (isCollection(shape)) return this.#addCollection(shape, name, places);
    return this.#addSimple(shape as Simple, name);
  }

  #addStructure(shape: Structure): string {
    const required = shape.members.slice(0, shape.requiredCount).map((member) => member.name);
    const members: Record<string, string | MemberFile> = {};
    const { sensitive, streaming, error, httpError, awsQueryError } = shape.traits;
    this.built.set(shape.name, {
      type: shape.kind,
      members,
      ...(required.length > 0 && { required }),
      ...(sensitive ? { sensitive: true } : {}),
      ...(streaming ? { streaming: true } : {}),
      ...(error ? { error: (httpError as number) ?? (error === "server" ? 500 : 400) } : {}),
      ...(awsQueryError ? { queryError: awsQueryError as [string, number] } : {}),
    });
    for (const member of shape.members) {
      const target = this.add(member.shape(), `${shape.name}.${member.name}`);
      const traits = memberTraits(member);
      members[member.name] = Object.keys(traits).length > 0 ? { shape: target, ...traits } : target;
    }
    return shape.name;
  }

  #addCollection(shape: Collection, name: string | undefined, places: readonly string[]): string {
    const part = (suffix: string, member: ClientMember): string =>
      this.add(member.shape(), ...(name ? [...places, name] : places).map((place) => place + suffix));
    const parts =
      shape.kind === "list"
        ? { type: shape.kind, member: part("[]", shape.member) }
        : { type: shape.kind, key: part("{key}", shape.key), value: part("{value}", shape.value) };
    const constraints = this.#constraintsOf(name, shape.traits);
    const constrained = Object.keys(constraints).length > 0 || shape.name;
    const finalName =
      name && constrained ? name : `${shape.kind}<${Object.values(parts).slice(1).join(",")}>`;
    this.built.set(finalName, { ...parts, ...xmlNames(shape), ...constraints } as ShapeFile);
    return finalName;
  }

  #addSimple(shape: Simple, name: string | undefined): string {
    const type = shape.kind === "number" ? ((name && this.#constraints[name]?.type) ?? "number") : shape.kind;
    const file: ShapeFile = {
      type: type as SimpleType,
      ...(shape.timestampFormat && { timestampFormat: shape.timestampFormat }),
      ...this.#constraintsOf(name, shape.traits),
    };
    if (Object.keys(file).length === 1) return type as string;
    this.built.set(name ?? `${type}:${shape.timestampFormat}`, file);
    return name ?? `${type}:${shape.timestampFormat}`;
  }

  #constraintsOf(name: string | undefined, traits: ClientTraits): ConstraintFile {
    const { min, max, pattern, enum: values } = (name && this.#constraints[name]) || ({} as Constraint);
    const exported = values && this.#clientModule[name!];
    return {
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
      ...(pattern !== undefined && { pattern }),
      ...(values && { enum: exported ? inOrderOf(values, Object.values(exported)) : values }),
      ...(traits.sensitive ? { sensitive: true } : {}),
    };
  }
}

/** What the parts of a list or map are called in Query and XML, where that is not the usual name. */
function xmlNames(shape: Collection): object {
  if (shape.kind === "list") {
    const { xmlName } = shape.member.traits;
    return xmlName ? { xmlName } : {};
  }
  const { xmlName: xmlKeyName } = shape.key.traits;
  const { xmlName: xmlValueName } = shape.value.traits;
  return { ...(xmlKeyName ? { xmlKeyName } : {}), ...(xmlValueName ? { xmlValueName } : {}) };
}

/** The client's list is newer, but it is sorted by name; AWS's messages have the values in the order of the model. */
function inOrderOf(modelled: readonly string[], current: readonly string[]): string[] {
  const kept = modelled.filter((value) => current.includes(value));
  return [...kept, ...current.filter((value) => !modelled.includes(value))];
}

function isStructure(shape: ClientShape): shape is Structure {
  return shape.kind === "structure" || shape.kind === "union";
}

function isCollection(shape: ClientShape): shape is Collection {
  return shape.kind === "list" || shape.kind === "map";
}

/** Traits of members that the wire follows; a new one must be looked at before it may be ignored. */
function memberTraits(member: ClientMember): Partial<MemberFile> {
  const traits: Record<string, unknown> = {};
  for (const [trait, value] of Object.entries(member.traits)) {
    switch (trait) {
      case "httpLabel":
        traits.label = true;
        break;
      case "httpQuery":
        traits.query = value;
        break;
      case "httpQueryParams":
        traits.queryParams = true;
        break;
      case "httpHeader":
        traits.header = String(value).toLowerCase();
        break;
      case "httpPrefixHeaders":
        traits.prefixHeaders = String(value).toLowerCase();
        break;
      case "httpPayload":
        traits.payload = true;
        break;
      case "httpResponseCode":
        traits.statusCode = true;
        break;
      case "jsonName":
      case "idempotencyToken":
      case "eventPayload":
      case "eventHeader":
        traits[trait] = value === 1 ? true : value;
        break;
      case "xmlName":
        traits.xmlName = value;
        break;
      case "xmlFlattened":
        traits.xmlFlat = true;
        break;
      default:
        throw new Error(`The member ${member.name} has the trait ${trait}, which the wire does not know.`);
    }
  }
  return traits;
}
