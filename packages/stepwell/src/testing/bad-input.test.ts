import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serviceSchema } from "../kernel/schema/services.ts";
import type { Member, OperationSchema, Shape } from "../kernel/schema/shape.ts";
import type { Service, ServiceOptions } from "../kernel/service.ts";
import { createParametersService } from "../parameters/service.ts";
import { createSchedulerService } from "../scheduler/service.ts";
import { createSecretsService } from "../secrets/service.ts";
import { type Row, statement } from "../store/store.ts";
import { rawRequest } from "./api/raw-request.ts";
import { openServiceNodes, type ServiceNodes } from "./service-nodes.ts";

/**
 * Every operation is sent what its schema does not allow, over raw HTTP: a missing member, one of another type, one that
 * is too long, a value that its enum does not have. Each is refused as AWS does, and changes nothing.
 */
const SERVICES = ["scheduler", "secretsmanager", "ssm"] as const;
const TABLES = [
  "schedule_groups",
  "schedules",
  "secrets",
  "secret_values",
  "parameters",
  "parameter_versions",
  "work",
];
const dumps = TABLES.map((table) => statement(`test.dump.${table}`, `SELECT * FROM ${table}`));

let nodes: ServiceNodes;
let services: readonly Service[] = [];
beforeAll(async () => {
  nodes = await openServiceNodes("SQLite", (options: ServiceOptions) => {
    services = [
      createSchedulerService(options),
      createSecretsService(options),
      createParametersService(options),
    ];
    return services;
  });
});
afterAll(() => nodes.close());

const dump = (): Promise<readonly (readonly Row[])[]> =>
  Promise.all(dumps.map((one) => nodes.store.read(one, [])));

async function send(service: string, operation: OperationSchema, input: Record<string, unknown>) {
  const { target, ...init } = rawRequest(serviceSchema(service), operation, input);
  const response = await fetch(nodes.url + target, init as RequestInit);
  const body = (await response.json()) as Record<string, string>;
  const type = response.headers.get("x-amzn-errortype") ?? body.__type ?? "";
  return { status: response.status, code: type.split("#").at(-1), message: body.message ?? body.Message };
}

/** A value that a shape allows, as far as its own constraints say. */
function good(shape: Shape): unknown {
  switch (shape.type) {
    case "structure":
    case "union":
      return Object.fromEntries(
        shape.members.filter(({ required }) => required).map((m) => [m.name, good(m.shape)]),
      );
    case "list":
      return [good(shape.member)];
    case "map":
      return {};
    case "boolean":
      return true;
    case "timestamp":
      return new Date("2030-01-01T00:00:00Z");
    case "blob":
    case "stream":
      return Uint8Array.of(1);
    case "string": {
      if (shape.enum) return shape.enum[0];
      if (shape.pattern?.includes("iam::")) return "arn:aws:iam::000000000000:role/r";
      if (shape.pattern?.includes("schedule-group"))
        return "arn:aws:scheduler:us-east-1:000000000000:schedule-group/g";
      return "a".repeat(Math.max(shape.min ?? 1, 1));
    }
    default:
      return "min" in shape ? (shape.min ?? 1) : 1;
  }
}

interface Bad {
  readonly what: string;
  readonly value: unknown;
  readonly code: RegExp;
}

const VIOLATED = /^ValidationException$/;
/** Text that travels in a path or a query has no type. */
const inBody = ({ binding }: Member) => binding.in === "body";

function badValues(member: Member): Bad[] {
  const { shape, required } = member;
  const cases: Bad[] = [];
  // Without what stands in its path a request is for nobody.
  if (required && member.binding.in !== "label") {
    cases.push({ what: "nothing", value: undefined, code: VIOLATED });
  }
  if (inBody(member) && shape.type !== "timestamp" && shape.type !== "document") {
    const value = shape.type === "structure" || shape.type === "map" ? "text" : { an: "object" };
    cases.push({ what: "another type", value, code: /^SerializationException$/ });
  }
  if (shape.type === "string" && shape.max !== undefined) {
    cases.push({ what: "too much", value: "a".repeat(shape.max + 1), code: VIOLATED });
  }
  if ((shape.type === "integer" || shape.type === "long") && shape.max !== undefined) {
    cases.push({ what: "too many", value: shape.max + 1, code: VIOLATED });
  }
  if (shape.type === "string" && shape.enum)
    cases.push({ what: "an unknown value", value: "X", code: VIOLATED });
  return cases;
}

describe.each(SERVICES)("%s", (name) => {
  const operations = [...serviceSchema(name).operations.values()];

  test.each(operations)("$name refuses what its schema does not allow", async (operation) => {
    const service = services.find((one) => one.name === name)!;
    if (!service.operations[operation.name]) {
      const refused = await send(name, operation, good(operation.input) as Record<string, unknown>);
      expect(refused.status).toBe(501);
      expect(refused.message).toContain(`${name}.${operation.name}`);
      return;
    }
    const before = await dump();
    for (const member of operation.input.members) {
      for (const { what, value, code } of badValues(member)) {
        const input = { ...(good(operation.input) as object), [member.name]: value };
        const refused = await send(name, operation, input);
        expect.soft(refused, `${member.name}: ${what}`).toMatchObject({
          status: 400,
          code: expect.stringMatching(code),
        });
      }
    }
    expect(await dump()).toEqual(before);
  });
});
