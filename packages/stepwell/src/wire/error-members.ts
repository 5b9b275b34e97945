import type { StructureShape } from "../kernel/schema/shape.ts";

/** Models spell it `message` or `Message`, and clients read only what their model says. */
export function messageMember(shape: StructureShape): string {
  return shape.members.find(({ name }) => name.toLowerCase() === "message")?.name ?? "message";
}
