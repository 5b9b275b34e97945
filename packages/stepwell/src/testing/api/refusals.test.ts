import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serviceSchema } from "../../kernel/schema/services.ts";
import type { OperationSchema, Shape } from "../../kernel/schema/shape.ts";
import type { Case, Input, Refusal } from "./cases.ts";
import { rawRequest } from "./raw-request.ts";
import { openSeededNode, type SeededNode } from "./seeded-node.ts";
import { NO_SEEDS, SERVICE_CASES } from "./service-cases.ts";

/**
 * Bad input of every kind to every operation: refused in AWS's words, and not a row of any table has changed. Requests
 * go over raw HTTP; what names an unknown resource is good input to AWS's client, so that sends it.
 */
let node: SeededNode;
beforeAll(async () => {
  node = await openSeededNode();
});
afterAll(() => node.close());

const KINDS = ["wrongType", "missing", "tooLong", "unknownValue"] as const;

describe.each(Object.entries(SERVICE_CASES))("%s", (service, casesOf) => {
  const { operations } = serviceSchema(service);
  const names = Object.keys(casesOf(NO_SEEDS));

  test("every operation that the server has is here, and none else", () => {
    const offered = [...operations.values()].filter(({ fullName }) => node.node.operations.has(fullName));
    expect([...names].sort()).toEqual(offered.map(({ name }) => name).sort());
  });

  describe.each(names)("%s", (name) => {
    const operation = operations.get(name)!;
    const cases = () => casesOf(node.seeds)[name]!;

    test("has a case of every kind of bad input that its members allow", () => {
      for (const kind of KINDS) {
        if (POSSIBLE[kind](operation)) expect(cases()[kind] ?? [], kind).not.toEqual([]);
      }
      expect(cases().unknownResource).not.toHaveLength(0);
    });

    test.each(KINDS.filter((kind) => casesOf(NO_SEEDS)[name]![kind]))(
      "refuses an input: %s",
      async (kind) => {
        const { good, [kind]: refused = [] } = cases();
        for (const [change, expected] of refused) {
          const before = node.dump();
          expect.soft(await sendRaw(service, operation, { ...good, ...change })).toEqual(expected);
          expect(node.dump()).toEqual(before);
        }
      },
    );

    // The others say why there is none.
    if (typeof casesOf(NO_SEEDS)[name]!.unknownResource === "string") return;
    test("refuses an unknown resource", async () => {
      const { good, unknownResource } = cases();
      for (const [change, expected] of unknownResource as readonly Case[]) {
        const before = node.dump();
        const error = await node.send(service, name, { ...good, ...change }).catch((thrown) => thrown);
        expect.soft(refusalOf(error)).toEqual(expected);
        expect(node.dump()).toEqual(before);
      }
    });
  });
});

test("what is accepted does change a row", async () => {
  const before = node.dump();
  await node.send("logs", "PutRetentionPolicy", { logGroupName: "g", retentionInDays: 1 });
  expect(node.dump()).not.toEqual(before);
  expect(Object.keys(before)).toEqual(
    expect.arrayContaining(["blobs", "functions", "journal", "log_events", "work"]),
  );
});

async function sendRaw(service: string, operation: OperationSchema, input: Input): Promise<Refusal> {
  const { target, ...init } = rawRequest(serviceSchema(service), operation, input);
  const response = await fetch(node.url + target, init as RequestInit);
  const body = (await response.json()) as { message?: string; Message?: string };
  return {
    code: response.headers.get("x-amzn-errortype") ?? "",
    status: response.status,
    message: body.message ?? body.Message ?? "",
  };
}

// biome-ignore lint/suspicious/noExplicitAny: an error of any of the client's classes, or no error at all.
function refusalOf(error: any): Refusal {
  return { code: error.name, status: error.$metadata.httpStatusCode, message: error.message };
}

/** Whether an input of the operation can be bad in some way. A path cannot be without its parts. */
const POSSIBLE: Readonly<Record<(typeof KINDS)[number], (operation: OperationSchema) => boolean>> = {
  wrongType: ({ input }) =>
    input.members.some(({ binding, shape }) => {
      if (binding.in === "body") return true;
      if (binding.in === "payload") return shape.type === "structure";
      return shape.type !== "string" && shape.type !== "list";
    }),
  missing: ({ input }) =>
    someShape(
      input,
      (shape) =>
        shape.type === "structure" &&
        shape.members.some(({ required, binding }) => required && binding.in !== "label"),
    ),
  tooLong: ({ input }) => someShape(input, (shape) => "max" in shape && shape.max !== undefined),
  unknownValue: ({ input }) => someShape(input, (shape) => "enum" in shape && shape.enum !== undefined),
};

function someShape(shape: Shape, holds: (shape: Shape) => boolean, inside: readonly Shape[] = []): boolean {
  if (inside.includes(shape)) return false;
  if (holds(shape)) return true;
  const within = [...inside, shape];
  switch (shape.type) {
    case "structure":
    case "union":
      return shape.members.some((member) => someShape(member.shape, holds, within));
    case "list":
      return someShape(shape.member, holds, within);
    case "map":
      return someShape(shape.key, holds, within) || someShape(shape.value, holds, within);
    default:
      return false;
  }
}
