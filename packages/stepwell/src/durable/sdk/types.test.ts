import type * as aws from "@aws/durable-execution-sdk-js";
import type * as ours from "@stepwell/durable";
import { describe, expectTypeOf, test } from "vitest";

// Checked by the compiler; nothing here runs.
describe("Values of AWS's types are values of ours:", () => {
  test("what is on the wire", () => {
    expectTypeOf<aws.WireTimestamp>().toExtend<ours.WireTimestamp>();
    expectTypeOf<`${aws.OperationStatus}`>().toExtend<ours.OperationStatus>();
    expectTypeOf<`${aws.OperationType}`>().toExtend<ours.OperationType>();
    expectTypeOf<aws.WireStepDetails>().toExtend<ours.WireStepDetails>();
    expectTypeOf<aws.WireWaitDetails>().toExtend<ours.WireWaitDetails>();
    expectTypeOf<Omit<aws.WireOperation, "Type" | "Status">>().toExtend<
      Omit<ours.WireOperation, "Type" | "Status">
    >();
  });

  test("what a batch is made of", () => {
    expectTypeOf<aws.ConcurrentExecutionItem<string>>().toExtend<ours.ConcurrentExecutionItem<string>>();
    expectTypeOf<keyof aws.ConcurrencyConfig<number>>().toEqualTypeOf<keyof ours.ConcurrencyConfig<number>>();
    expectTypeOf<
      Parameters<aws.ConcurrentExecutor<string, number, aws.DurableLogger>>["length"]
    >().toEqualTypeOf<Parameters<ours.ConcurrentExecutor<string, number, ours.DurableLogger>>["length"]>();
  });
});
