import { describe, expect, test } from "vitest";
import { AwsError } from "../errors.ts";
import { linkService } from "./link.ts";
import type { Shape } from "./shape.ts";
import { validate, violationsOf } from "./validate.ts";

/**
 * The wording is AWS's. Lists and maps follow messages that Lambda gave (`Value '[GET, POST, OPTIONS]' at
 * 'cors.allowMethods' …`, `Value '{2=1.5}' at 'routingConfig.additionalVersionWeights' …`), sensitive values the form
 * that Cognito gives for passwords, the count and the order of several errors what CreateFunction gives.
 */
function refused(operation: string, input: unknown): string {
  try {
    validate(operation, input);
  } catch (error) {
    expect(error).toBeInstanceOf(AwsError);
    expect(error).toMatchObject({ code: "ValidationException", httpStatus: 400, fault: "client" });
    return (error as AwsError).message;
  }
  throw new Error("The input was accepted.");
}

const checkpoint = {
  DurableExecutionArn: "arn:aws:lambda:us-east-1:000000000000:function:f:1/durable-execution/a/b",
  CheckpointToken: "dDE=",
};

describe("an input that keeps to the model is passed on as it is", () => {
  test("with every kind of member", () => {
    const input = {
      FunctionName: "greet",
      Role: "arn:aws:iam::000000000000:role/worker",
      Code: { ZipFile: new Uint8Array(3) },
      Timeout: 3,
      Architectures: ["arm64"],
      Environment: { Variables: { STAGE: "test" } },
    };
    expect(validate("lambda.CreateFunction", input)).toBe(input);
  });

  test("members that AWS does not know are not its business", () => {
    expect(validate("lambda.Invoke", { FunctionName: "greet", Colour: "red" })).toEqual({
      FunctionName: "greet",
      Colour: "red",
    });
  });

  test("no input at all is an empty one", () => {
    expect(validate("lambda.ListFunctions", undefined)).toEqual({});
  });

  test("operations that have no schema are not checked", () => {
    expect(validate("console.Anything", 5)).toBe(5);
  });
});

describe("AWS says what is wrong, and where", () => {
  test("a missing required member", () => {
    expect(refused("lambda.Invoke", {})).toBe(
      "1 validation error detected: Value null at 'functionName' failed to satisfy constraint: " +
        "Member must not be null",
    );
  });

  test("a required member that is null", () => {
    expect(refused("lambda.Invoke", { FunctionName: null })).toContain("Value null at 'functionName'");
  });

  test("a missing member of a structure in a list", () => {
    expect(refused("lambda.CheckpointDurableExecution", { ...checkpoint, Updates: [{ Id: "1" }] })).toMatch(
      /^2 validation errors detected: Value null at 'updates\.1\.member\.type' .*; Value null at 'updates\.1\.member\.action' /,
    );
  });

  test("a name that is too long", () => {
    const update = { Id: "x".repeat(65), Type: "STEP", Action: "START" };
    expect(refused("lambda.CheckpointDurableExecution", { ...checkpoint, Updates: [update] })).toBe(
      `1 validation error detected: Value '${"x".repeat(65)}' at 'updates.1.member.id' failed to satisfy ` +
        "constraint: Member must have length less than or equal to 64",
    );
  });

  test("an empty name is too short and does not match its pattern", () => {
    expect(refused("lambda.GetFunctionConcurrency", { FunctionName: "" })).toMatch(
      /^2 validation errors detected: Value '' at 'functionName' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: /,
    );
  });

  test("a name with a character that is not allowed", () => {
    expect(refused("lambda.CreateAlias", { FunctionName: "f", Name: "a b", FunctionVersion: "1" })).toBe(
      "1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: " +
        "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
    );
  });

  test("a pattern must match the whole text, not a part of it", () => {
    expect(refused("lambda.CreateAlias", { FunctionName: "f", Name: "a\n", FunctionVersion: "1" })).toContain(
      "'name'",
    );
  });

  test("numbers out of range", () => {
    const wait = (WaitSeconds: number) => ({
      Id: "1",
      Type: "WAIT",
      Action: "START",
      WaitOptions: { WaitSeconds },
    });
    expect(
      refused("lambda.CheckpointDurableExecution", { ...checkpoint, Updates: [wait(0), wait(31_622_401)] }),
    ).toBe(
      "2 validation errors detected: Value '0' at 'updates.1.member.waitOptions.waitSeconds' failed to satisfy " +
        "constraint: Member must have value greater than or equal to 1; " +
        "Value '31622401' at 'updates.2.member.waitOptions.waitSeconds' failed to satisfy constraint: " +
        "Member must have value less than or equal to 31622400",
    );
  });

  test("a value that an enum does not have", () => {
    expect(refused("lambda.Invoke", { FunctionName: "f", LogType: "Head" })).toBe(
      "1 validation error detected: Value 'Head' at 'logType' failed to satisfy constraint: " +
        "Member must satisfy enum value set: [None, Tail]",
    );
  });

  test("a list that is too long", () => {
    const input = { FunctionName: "f", AuthType: "NONE", Cors: { AllowMethods: Array(7).fill("GET") } };
    expect(refused("lambda.CreateFunctionUrlConfig", input)).toBe(
      "1 validation error detected: Value '[GET, GET, GET, GET, GET, GET, GET]' at 'cors.allowMethods' " +
        "failed to satisfy constraint: Member must have length less than or equal to 6",
    );
  });

  test("an item of a list of texts", () => {
    const input = { FunctionName: "f", AuthType: "NONE", Cors: { AllowMethods: ["GET", "POST", "OPTIONS"] } };
    expect(refused("lambda.CreateFunctionUrlConfig", input)).toBe(
      "1 validation error detected: Value '[GET, POST, OPTIONS]' at 'cors.allowMethods' failed to satisfy " +
        "constraint: Member must satisfy constraint: [Member must have length less than or equal to 6, " +
        "Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: .*, " +
        "Member must not be null]",
    );
  });

  test("null in a list", () => {
    expect(
      refused("lambda.UntagResource", {
        Resource: "arn:aws:lambda:us-east-1:000000000000:function:f",
        TagKeys: [null],
      }),
    ).toContain(
      "Value '[null]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [",
    );
    expect(refused("lambda.CheckpointDurableExecution", { ...checkpoint, Updates: [null] })).toContain(
      "Value null at 'updates.1.member' failed to satisfy constraint: Member must not be null",
    );
  });

  test("keys and values of a map, each once however many are wrong", () => {
    const input = {
      FunctionName: "f",
      Name: "live",
      RoutingConfig: { AdditionalVersionWeights: { "2": 1.5, x: -1 } },
    };
    expect(refused("lambda.UpdateAlias", input)).toBe(
      "2 validation errors detected: Value '{2=1.5, x=-1}' at 'routingConfig.additionalVersionWeights' failed to " +
        "satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, " +
        "Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+, " +
        "Member must not be null]; " +
        "Value '{2=1.5, x=-1}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: " +
        "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, " +
        "Member must have value greater than or equal to 0.0, Member must not be null]",
    );
  });

  test("a secret value is not repeated", () => {
    const input = { FunctionName: "f", Environment: { Variables: { "1SECRET": "hunter2" } } };
    const message = refused("lambda.UpdateFunctionConfiguration", input);
    expect(message).toContain("Value at 'environment.variables' failed to satisfy constraint: Map keys must");
    expect(message).not.toContain("hunter2");
  });

  test("a structure in a map is named by its key", () => {
    const { operations } = linkService("made", {
      client: "",
      apiVersion: "",
      protocol: "aws-json-1.0",
      signingName: "made",
      operations: { Put: { http: "POST /", status: 200, input: "In", output: "In", errors: [] } },
      shapes: {
        In: { type: "structure", members: { Items: "Items" } },
        Items: { type: "map", key: "string", value: "Item" },
        Item: { type: "structure", members: { Size: "Size" }, required: ["Size"] },
        Size: { type: "integer", min: 1 },
      },
    });
    const shape: Shape = operations.get("Put")!.input;
    expect(violationsOf(shape, { Items: { a: { Size: 0 }, b: {} } })).toEqual([
      "Value '0' at 'items.a.member.size' failed to satisfy constraint: Member must have value greater than or equal to 1",
      "Value null at 'items.b.member.size' failed to satisfy constraint: Member must not be null",
    ]);
  });
});

describe("hostile input", () => {
  test("a text far above its limit is refused for its length, and its pattern is not tried", () => {
    const message = refused("lambda.Invoke", { FunctionName: "a-".repeat(50_000) });
    expect(message).toMatch(
      /^1 validation error detected: Value 'a-a-.*…' at 'functionName' .* length less than or equal to 256$/,
    );
    expect(message.length).toBeLessThan(1_300);
  });

  test("ten thousand bad items do not make ten thousand messages", () => {
    const message = refused("lambda.CheckpointDurableExecution", {
      ...checkpoint,
      Updates: Array(10_000).fill({}),
    });
    expect(message).toMatch(/^50 validation errors detected: /);
  });

  test("a value of another type is refused as such", () => {
    expect(() => validate("lambda.Invoke", "greet")).toThrow("Expected null");
    expect(() => validate("lambda.CheckpointDurableExecution", { ...checkpoint, Updates: "x" })).toThrow(
      "Expected list or null",
    );
    expect(() => validate("lambda.TagResource", { Resource: "r", Tags: ["a"] })).toThrow(
      "Start of list found where not expected",
    );
  });
});
