import type { Member, Shape, StructureShape } from "../kernel/schema/shape.ts";
import { QUERY_TIMESTAMP, toText } from "./text.ts";

/** One element; `content` is XML already. */
export function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  // Parsers turn a bare one into a line feed (https://www.w3.org/TR/xml/#sec-line-ends).
  "\r": "&#xD;",
};

/** Text as the content of an element. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"\r]/g, (character) => ESCAPES[character]!);
}

/** The members of a structure, one element each, in the order of the model; absent ones are left out. */
export function membersToXml(shape: StructureShape, value: Readonly<Record<string, unknown>>): string {
  let xml = "";
  for (const member of shape.members) {
    const item = value[member.name];
    if (item !== undefined && item !== null) xml += memberToXml(member, item);
  }
  return xml;
}

function memberToXml({ shape, xmlName, xmlFlat }: Member, value: unknown): string {
  if (!xmlFlat) return element(xmlName, content(shape, value));
  return parts(shape, value)
    .map((part) => element(xmlName, part))
    .join("");
}

function content(shape: Shape, value: unknown): string {
  switch (shape.type) {
    case "structure":
    case "union":
      return membersToXml(shape, value as Record<string, unknown>);
    case "list":
    case "map": {
      const name = shape.type === "map" ? "entry" : (shape.xmlName ?? "member");
      return parts(shape, value)
        .map((part) => element(name, part))
        .join("");
    }
    default:
      return escapeXml(toText(shape, value, QUERY_TIMESTAMP));
  }
}

/** The contents of a list's members, or of a map's entries. */
function parts(shape: Shape, value: unknown): string[] {
  if (shape.type === "list") return (value as unknown[]).map((item) => content(shape.member, item));
  if (shape.type !== "map") return [content(shape, value)];
  return Object.entries(value as Record<string, unknown>).map(
    ([key, item]) =>
      element(shape.xmlKeyName ?? "key", escapeXml(key)) +
      element(shape.xmlValueName ?? "value", content(shape.value, item)),
  );
}
