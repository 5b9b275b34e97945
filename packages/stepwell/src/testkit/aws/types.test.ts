import type * as aws from "@aws/durable-execution-sdk-js-testing";
import * as awsTesting from "@aws/durable-execution-sdk-js-testing";
import { describe, expect, expectTypeOf, test } from "vitest";
import type * as own from "../index.ts";
import * as ownTesting from "../index.ts";

const awsExports = { ...awsTesting };
const ownExports = { ...ownTesting };

describe("What stepwell/testing takes over from AWS's testing library", () => {
  test("has all its names", () => {
    expect(Object.keys(ownExports)).toEqual(expect.arrayContaining(Object.keys(awsExports)));
  });

  test.each([
    "OperationStatus",
    "OperationType",
    "ExecutionStatus",
    "InvocationType",
    "WaitingOperationStatus",
  ] as const)("has all values of %s", (name) => {
    expect(ownExports[name]).toEqual(awsExports[name]);
  });

  test.each(["LocalDurableTestRunner", "CloudDurableTestRunner"] as const)(
    "has all methods of %s",
    (name) => {
      const methods = (of: object) => Object.getOwnPropertyNames(of);
      expect(methods(ownExports[name].prototype)).toEqual(
        expect.arrayContaining(methods(awsExports[name].prototype)),
      );
      const statics = methods(awsExports[name]).filter(
        (member) => typeof awsExports[name][member as "prototype"] === "function",
      );
      const published = statics.filter((member) => member.endsWith("TestEnvironment"));
      expect(methods(ownExports[name])).toEqual(expect.arrayContaining(published));
    },
  );

  test("has its types, both ways", () => {
    // Enums are types of their own; ours is a union of the same texts.
    type Operation<T> = Omit<T, "waitForData" | "getChildOperations">;
    expectTypeOf<Operation<own.DurableOperation<string>>>().toExtend<
      Operation<aws.DurableOperation<string>>
    >();
    expectTypeOf<Operation<aws.DurableOperation<string>>>().toExtend<
      Operation<own.DurableOperation<string>>
    >();
    type Result<T> = Omit<T, "getOperations">;
    expectTypeOf<Result<own.TestResult<string>>>().toExtend<Result<aws.TestResult<string>>>();
    expectTypeOf<Result<aws.TestResult<string>>>().toExtend<Result<own.TestResult<string>>>();
    expectTypeOf<own.Invocation>().toEqualTypeOf<aws.Invocation>();
    expectTypeOf<own.TestResultError>().toEqualTypeOf<aws.TestResultError>();
    expectTypeOf<own.InvokeRequest>().toEqualTypeOf<aws.InvokeRequest>();
    expectTypeOf<own.StepDetails<number>>().toEqualTypeOf<aws.StepDetails<number>>();
    expectTypeOf<own.ContextDetails<number>>().toEqualTypeOf<aws.ContextDetails<number>>();
    expectTypeOf<own.CallbackDetails<number>>().toEqualTypeOf<aws.CallbackDetails<number>>();
    expectTypeOf<own.ChainedInvokeDetails<number>>().toEqualTypeOf<aws.ChainedInvokeDetails<number>>();
    expectTypeOf<own.WaitResultDetails>().toEqualTypeOf<aws.WaitResultDetails>();
    expectTypeOf<own.OperationStatus>().toEqualTypeOf<aws.OperationStatus>();
    expectTypeOf<aws.LocalDurableTestRunnerParameters>().toExtend<own.LocalDurableTestRunnerParameters>();
    expectTypeOf<own.LocalDurableTestRunnerSetupParameters>().toEqualTypeOf<aws.LocalDurableTestRunnerSetupParameters>();
    expectTypeOf<own.CloudDurableTestRunnerParameters>().toExtend<aws.CloudDurableTestRunnerParameters>();
    expectTypeOf<aws.CloudDurableTestRunnerParameters>().toExtend<own.CloudDurableTestRunnerParameters>();
  });
});
