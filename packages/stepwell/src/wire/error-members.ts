import type { AwsError } from "../kernel/errors.ts";
import type { Member, StructureShape } from "../kernel/schema/shape.ts";
import { membersToJson } from "../kernel/schema/to-json.ts";

/** Models spell it `message` or `Message`, and clients read only what their model says. */
function messageMember(shape: StructureShape): string {
  return shape.members.find(({ name }) => name.toLowerCase() === "message")?.name ?? "message";
}

/** An error's members as JSON: those given, `message` among them even where the model has forgotten it. */
export function errorToJson(
  members: readonly Member[],
  shape: StructureShape,
  { message, fields }: AwsError,
): Record<string, unknown> {
  const name = messageMember(shape);
  return { [name]: message, ...membersToJson(members, { ...fields, [name]: message }) };
}
