import type { Member, Shape, StructureShape } from "../kernel/schema/shape.ts";
import { formatTimestamp } from "../kernel/schema/timestamp.ts";
import { toJson } from "../kernel/schema/to-json.ts";
import { header, type WireRequest } from "./message.ts";

/** Lists of SQS's that have other names in this JSON than anywhere else. */
const NAMES: Readonly<Record<string, string>> = { Messages: "messages", QueueUrls: "queueUrls" };

/** Whether a caller who speaks Query wants its answer in JSON, as `aws-iam-authenticator` does of STS. */
export function wantsJson(request: WireRequest): boolean {
  return /^\s*application\/json\s*(?:[,;]|$)/i.test(header(request, "accept") ?? "");
}

/** A structure as AWS has it in the JSON of Query: with all members, null where there is nothing. */
export function membersToQueryJson(
  shape: StructureShape,
  value: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    shape.members.map((member) => [
      NAMES[member.name] ?? member.name,
      memberToJson(member, value[member.name]),
    ]),
  );
}

/** A map that is flat in XML is a list of its entries. */
function memberToJson({ shape, xmlFlat }: Member, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (shape.type !== "map" || !xmlFlat) return content(shape, value);
  const { xmlKeyName = "key", xmlValueName = "value" } = shape;
  return Object.entries(value as Record<string, unknown>).map(([key, item]) => ({
    [xmlKeyName]: key,
    [xmlValueName]: content(shape.value, item),
  }));
}

function content(shape: Shape, value: unknown): unknown {
  switch (shape.type) {
    case "structure":
    case "union":
      return membersToQueryJson(shape, value as Record<string, unknown>);
    case "list":
      return (value as unknown[]).map((item) => content(shape.member, item));
    case "timestamp":
      return formatTimestamp(value as number, "epoch-seconds");
    default:
      return toJson(shape, value);
  }
}
