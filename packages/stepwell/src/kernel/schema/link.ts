import type { MemberFile, OperationFile, ServiceFile, ShapeFile, SimpleType, StructureFile } from "./file.ts";
import type { Binding, Member, OperationSchema, ServiceSchema, Shape, StructureShape } from "./shape.ts";

/** Resolves the names of a generated file. Shapes may contain themselves, so each is registered before its parts. */
export function linkService(service: string, file: ServiceFile): ServiceSchema {
  const shapes = new Map<string, Shape>();

  const shapeOf = (name: string): Shape => {
    const known = shapes.get(name);
    if (known) return known;
    const described = file.shapes[name] ?? { type: name as SimpleType };
    return isStructure(described) ? linkStructure(name, described) : linkOther(name, described);
  };

  const linkStructure = (name: string, described: StructureFile): StructureShape => {
    const members: Member[] = [];
    const byJsonName = new Map<string, Member>();
    const shape: StructureShape = {
      type: described.type,
      name,
      members,
      byJsonName,
      sensitive: described.sensitive,
      streaming: described.streaming,
      errorStatus: described.error,
      queryError: described.queryError,
    };
    shapes.set(name, shape);
    const required = new Set(described.required);
    for (const [memberName, given] of Object.entries(described.members)) {
      const traits: MemberFile = typeof given === "string" ? { shape: given } : given;
      const member = linkMember(memberName, traits, shapeOf(traits.shape), required.has(memberName));
      members.push(member);
      byJsonName.set(member.jsonName, member);
    }
    return shape;
  };

  const linkOther = (name: string, described: Exclude<ShapeFile, StructureFile>): Shape => {
    const shape: Record<string, unknown> = { ...described, name };
    const linked = shape as unknown as Shape;
    shapes.set(name, linked);
    if (described.type === "list") shape.member = shapeOf(described.member);
    if (described.type === "map") {
      shape.key = shapeOf(described.key);
      shape.value = shapeOf(described.value);
    }
    return linked;
  };

  const linkOperation = (name: string, described: OperationFile): OperationSchema => {
    const [method, uri] = described.http.split(" ", 2) as [string, string];
    return {
      name,
      fullName: `${service}.${name}`,
      method,
      uri,
      status: described.status,
      input: shapeOf(described.input) as StructureShape,
      output: shapeOf(described.output) as StructureShape,
      errors: described.errors,
    };
  };

  const errors = Object.entries(file.shapes).filter(([, shape]) => isStructure(shape) && shape.error);
  return {
    service,
    protocol: file.protocol,
    apiVersion: file.apiVersion,
    alsoQuery: file.alsoQuery,
    xmlNamespace: file.xmlNamespace,
    operations: new Map(
      Object.entries(file.operations).map(([name, described]) => [name, linkOperation(name, described)]),
    ),
    errors: new Map(errors.map(([name]) => [name, shapeOf(name) as StructureShape])),
  };
}

function isStructure(shape: ShapeFile): shape is StructureFile {
  return shape.type === "structure" || shape.type === "union";
}

function linkMember(name: string, traits: MemberFile, shape: Shape, required: boolean): Member {
  return {
    name,
    shape,
    required,
    pathName: name.charAt(0).toLowerCase() + name.slice(1),
    jsonName: traits.jsonName ?? name,
    xmlName: traits.xmlName ?? name,
    xmlFlat: traits.xmlFlat ?? false,
    binding: bindingOf(name, traits),
    idempotencyToken: traits.idempotencyToken ?? false,
  };
}

function bindingOf(name: string, traits: MemberFile): Binding {
  if (traits.label) return { in: "label", name };
  if (traits.query !== undefined) return { in: "query", name: traits.query };
  if (traits.queryParams) return { in: "queryParams", name };
  if (traits.header !== undefined) return { in: "header", name: traits.header };
  if (traits.prefixHeaders !== undefined) return { in: "prefixHeaders", name: traits.prefixHeaders };
  if (traits.payload) return { in: "payload", name };
  if (traits.statusCode) return { in: "statusCode", name };
  if (traits.eventPayload) return { in: "eventPayload", name };
  if (traits.eventHeader) return { in: "eventHeader", name };
  return { in: "body", name };
}
