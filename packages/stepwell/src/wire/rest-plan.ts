import type { Binding, Member, StructureShape } from "../kernel/schema/shape.ts";

/** A structure's members by where they travel in HTTP. */
export interface RestPlan {
  readonly label: readonly Member[];
  readonly query: readonly Member[];
  readonly queryParams: Member | undefined;
  readonly header: readonly Member[];
  readonly prefixHeaders: Member | undefined;
  readonly statusCode: Member | undefined;
  /** The member that is the whole body; when it is absent, `body` are the members of the body's JSON. */
  readonly payload: Member | undefined;
  readonly body: readonly Member[];
  readonly bodyByJsonName: ReadonlyMap<string, Member>;
}

const plans = new WeakMap<StructureShape, RestPlan>();

/** Worked out once for each structure. */
export function restPlan(shape: StructureShape): RestPlan {
  let plan = plans.get(shape);
  if (!plan) {
    plan = makePlan(shape);
    plans.set(shape, plan);
  }
  return plan;
}

function makePlan(shape: StructureShape): RestPlan {
  const bound = (place: Binding["in"]) => shape.members.filter((member) => member.binding.in === place);
  const body = bound("body");
  return {
    label: bound("label"),
    query: bound("query"),
    queryParams: bound("queryParams")[0],
    header: bound("header"),
    prefixHeaders: bound("prefixHeaders")[0],
    statusCode: bound("statusCode")[0],
    payload: bound("payload")[0],
    body,
    bodyByJsonName: new Map(body.map((member) => [member.jsonName, member])),
  };
}
