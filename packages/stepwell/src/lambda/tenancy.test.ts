import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
} from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { good, HeldHost } from "./fixtures/held-host.ts";
import { functionInput, type LambdaNode, openLambdaNode } from "./fixtures/lambda-node.ts";
import { refusal } from "./fixtures/refusal.ts";
import type { DurableStart } from "./function.ts";

const TenancyConfig = { TenantIsolationMode: "PER_TENANT" } as const;
const MISSING = {
  status: 400,
  code: "InvalidParameterValueException",
  message:
    "The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.",
};
const UNWANTED = {
  status: 400,
  code: "InvalidParameterValueException",
  message:
    "The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.",
};
/** Counts the invocations of its instance. */
const COUNTING = `let n = 0;
  export const handler = async (event, context) => ({ tenant: context.tenantId, n: ++n });`;

let node: LambdaNode;
let host: HeldHost | undefined;
let starts: DurableStart[];
async function open(held?: HeldHost): Promise<void> {
  host = held;
  starts = [];
  const start = async (_context: unknown, request: DurableStart) => {
    starts.push(request);
    return { executionArn: "arn" };
  };
  node = await openLambdaNode({ ...(held && { host: held }), durable: { start } });
}
beforeEach(() => open());
afterEach(() => node.close());

async function invoke(FunctionName: string, TenantId?: string): Promise<unknown> {
  const { Payload } = await node.client.send(new InvokeCommand({ FunctionName, TenantId }));
  return JSON.parse(Payload!.transformToString());
}

describe("a function with tenant isolation", () => {
  beforeEach(async () => {
    await node.client.send(
      new CreateFunctionCommand({ ...functionInput("shop", COUNTING), TenancyConfig } as never),
    );
  });

  test("says so", async () => {
    const shown = await node.client.send(new GetFunctionConfigurationCommand({ FunctionName: "shop" }));
    expect(shown.TenancyConfig).toEqual(TenancyConfig);
  });

  test("knows its tenant, and has instances of each tenant's own, which are used again for no other", async () => {
    expect(await invoke("shop", "blue")).toEqual({ tenant: "blue", n: 1 });
    expect(await invoke("shop", "red")).toEqual({ tenant: "red", n: 1 });
    expect(await invoke("shop", "blue")).toEqual({ tenant: "blue", n: 2 });
    expect(await invoke("shop", "a.b_c:/=+-@ d")).toEqual({ tenant: "a.b_c:/=+-@ d", n: 1 });
  });

  test("runs new code for every tenant once it is updated", async () => {
    await invoke("shop", "blue");
    await invoke("shop", "red");
    const { Code } = functionInput(
      "shop",
      'export const handler = (event, { tenantId }) => "new for " + tenantId;',
    );
    await node.call("UpdateFunctionCode", { FunctionName: "shop", ...Code });
    expect(await invoke("shop", "blue")).toBe("new for blue");
    expect(await invoke("shop", "red")).toBe("new for red");
  });

  test.for(["RequestResponse", "Event", "DryRun"])(
    "is not invoked for nobody (%s)",
    async (InvocationType) => {
      const input = { FunctionName: "shop", InvocationType };
      expect(await refusal(node, "Invoke", input)).toEqual(MISSING);
    },
  );

  test("keeps its isolation when it is changed", async () => {
    await node.call("UpdateFunctionConfiguration", { FunctionName: "shop", Timeout: 9 });
    expect(await node.call("GetFunctionConfiguration", { FunctionName: "shop" })).toMatchObject({
      ...{ TenancyConfig, Timeout: 9 },
    });
  });
});

test("a tenant's id that AWS would not take is refused", async () => {
  const input = { FunctionName: "shop", TenantId: "a#b" };
  expect(await refusal(node, "Invoke", input)).toMatchObject({
    message: expect.stringContaining("tenantId"),
  });
});

test("any other function is invoked without a tenant", async () => {
  await node.call("CreateFunction", functionInput("plain"));
  const input = { FunctionName: "plain", TenantId: "blue" };
  expect(await refusal(node, "Invoke", input)).toEqual(UNWANTED);
});

test("snapshots and tenants do not go together", async () => {
  const SnapStart = { ApplyOn: "PublishedVersions" };
  const input = functionInput("shop", COUNTING, { TenancyConfig, SnapStart });
  expect(await refusal(node, "CreateFunction", input)).toMatchObject({
    message: expect.stringContaining("SnapStart is not supported"),
  });
  expect((await node.stored()).functions).toBe(0);
});

test("an event and a durable execution are for the tenant that they were sent for", async () => {
  await node.close();
  await open(new HeldHost());
  await node.call("CreateFunction", functionInput("shop", COUNTING, { TenancyConfig }));
  const DurableConfig = { ExecutionTimeout: 60 };
  await node.call("CreateFunction", functionInput("flow", COUNTING, { TenancyConfig, DurableConfig }));
  const more = { InvocationType: "Event", TenantId: "blue" };

  await node.call("Invoke", { FunctionName: "shop", ...more });
  await host!.saw(1);
  expect(host!.requests[0]).toMatchObject({ tenantId: "blue" });
  host!.end(good);
  await node.call("Invoke", { FunctionName: "flow", ...more });
  expect(starts).toMatchObject([{ tenantId: "blue" }]);
});

test("a destination has no tenant, so that it cannot be a function with tenant isolation", async () => {
  await node.close();
  await open(new HeldHost());
  await node.call("CreateFunction", functionInput("hello"));
  await node.call("CreateFunction", functionInput("shop", COUNTING, { TenancyConfig }));
  const OnSuccess = { Destination: "arn:aws:lambda:us-east-1:000000000000:function:shop" };
  await node.call("PutFunctionEventInvokeConfig", {
    FunctionName: "hello",
    DestinationConfig: { OnSuccess },
  });
  await node.call("Invoke", { FunctionName: "hello", InvocationType: "Event" });
  await host!.saw(1);
  host!.end(good);
  await expect.poll(() => node.lines.at(-1)?.message).toBe("a destination could not be delivered to");
  expect((await node.stored()).work).toBe(0);
});
