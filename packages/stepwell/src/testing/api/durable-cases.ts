import {
  type Case,
  hasBadMember,
  type Input,
  isLonger,
  isMore,
  isNoneOf,
  isNull,
  NOT_A_BOOLEAN,
  NOT_A_LIST,
  NOT_A_STRING,
  NOT_A_STRUCTURE,
  NOT_AN_INTEGER,
  refusal,
  type ServiceCases,
  violating,
} from "./cases.ts";
import { FUNCTION_ARN, type Seeds } from "./seeded-node.ts";

const violated = violating("ValidationException");
const notFound = (message: string) => refusal("ResourceNotFoundException", message, 404);

const long = (length: number) => "n".repeat(length);
const NOBODY = `${FUNCTION_ARN}:order:1/durable-execution/none/0b9c8d7e-0b9c-4d7e-8b9c-0b9c8d7e0b9c`;
const longArn = `${FUNCTION_ARN}:order:1/durable-execution/${long(1000)}/id`;
const LONG_ARN: Case = [
  { DurableExecutionArn: longArn },
  violated(isLonger("durableExecutionArn", longArn, 1024)),
];
const BAD_PAGE: Case = [{ MaxItems: "many" }, NOT_AN_INTEGER];
const LONG_PAGE: Case = [{ MaxItems: 1001 }, violated(isMore("maxItems", 1001, 1000))];
const NO_EXECUTION: Case = [
  { DurableExecutionArn: NOBODY },
  notFound(`Durable execution not found: ${NOBODY}`),
];
/** These two operations declare no ResourceNotFoundException; the words after the colon are ours. */
const NO_INVOCATION: Case = [
  { DurableExecutionArn: NOBODY },
  refusal(
    "InvalidParameterValueException",
    "Invalid Checkpoint Token: the execution does not exist, or no invocation of it is running.",
  ),
];
const longToken = "A".repeat(2049);
const LONG_TOKEN: Case = [
  { CheckpointToken: longToken },
  violated(isLonger("checkpointToken", longToken, 2048)),
];
const LONG_CALLBACK: Case = [{ CallbackId: long(1025) }, violated(isLonger("callbackId", long(1025), 1024))];
const NO_CALLBACK: Case = [{ CallbackId: "bm9uZQ==" }, notFound("Callback not found: bm9uZQ==")];
const BAD_ERROR: Case[] = [
  [{ Error: "it broke" }, NOT_A_STRUCTURE],
  [{ Error: { ErrorMessage: 5 } }, NOT_A_STRING],
  [{ Error: { StackTrace: "at a" } }, NOT_A_LIST],
];

/** Lambda's operations on durable executions; where AWS's text of an unknown resource is not known, it is ours. */
export function durableCases({ execution, token, callbacks }: Seeds): ServiceCases {
  const ofExecution = { DurableExecutionArn: execution };
  const step = { Id: "charge", Type: "STEP", Action: "START", Name: "charge", SubType: "Step" };
  const update = (change: Input) => ({ Updates: [{ ...step, ...change }] });
  return {
    GetDurableExecution: {
      good: ofExecution,
      wrongType: [[{ IncludeExecutionData: "perhaps" }, NOT_A_BOOLEAN]],
      tooLong: [LONG_ARN],
      unknownResource: [NO_EXECUTION],
    },
    GetDurableExecutionHistory: {
      good: { ...ofExecution, MaxItems: 2 },
      wrongType: [BAD_PAGE, [{ ReverseOrder: "perhaps" }, NOT_A_BOOLEAN]],
      tooLong: [LONG_ARN, LONG_PAGE],
      unknownResource: [NO_EXECUTION],
    },
    ListDurableExecutionsByFunction: {
      good: {
        ...{ FunctionName: "order", MaxItems: 1, Statuses: ["RUNNING", "SUCCEEDED", "FAILED"] },
        StartedAfter: new Date("2020-01-01T00:00:00Z"),
      },
      wrongType: [BAD_PAGE, [{ ReverseOrder: "perhaps" }, NOT_A_BOOLEAN]],
      tooLong: [
        [{ FunctionName: long(257) }, violated(isLonger("functionName", long(257), 256))],
        [{ DurableExecutionName: long(65) }, violated(isLonger("durableExecutionName", long(65), 64))],
        LONG_PAGE,
      ],
      unknownValue: [
        [
          { Statuses: ["LOST"] },
          violated(
            hasBadMember(
              "statuses",
              "[LOST]",
              "Member must satisfy enum value set: [RUNNING, SUCCEEDED, FAILED, TIMED_OUT, STOPPED]",
            ),
          ),
        ],
      ],
      unknownResource: [[{ FunctionName: "none" }, notFound(`Function not found: ${FUNCTION_ARN}:none`)]],
    },
    GetDurableExecutionState: {
      good: { ...ofExecution, CheckpointToken: token, MaxItems: 2 },
      wrongType: [BAD_PAGE],
      missing: [[{ CheckpointToken: undefined }, violated(isNull("checkpointToken"))]],
      tooLong: [LONG_ARN, LONG_TOKEN, LONG_PAGE],
      unknownResource: [NO_INVOCATION],
    },
    SendDurableExecutionCallbackHeartbeat: {
      good: { CallbackId: callbacks[2] },
      tooLong: [LONG_CALLBACK],
      unknownResource: [NO_CALLBACK],
    },
    SendDurableExecutionCallbackSuccess: {
      good: { CallbackId: callbacks[0], Result: Buffer.from('"yes"') },
      tooLong: [
        LONG_CALLBACK,
        [
          { Result: Buffer.alloc(262_145, "1") },
          // What may be secret is not repeated.
          violated(
            "Value at 'result' failed to satisfy constraint: Member must have length less than or equal to 262144",
          ),
        ],
      ],
      unknownResource: [NO_CALLBACK],
    },
    SendDurableExecutionCallbackFailure: {
      good: { CallbackId: callbacks[1], Error: { ErrorType: "Declined", ErrorMessage: "No." } },
      wrongType: BAD_ERROR,
      tooLong: [LONG_CALLBACK],
      unknownResource: [NO_CALLBACK],
    },
    CheckpointDurableExecution: {
      good: { ...ofExecution, CheckpointToken: token, Updates: [step], ClientToken: "once" },
      wrongType: [
        [{ CheckpointToken: 5 }, NOT_A_STRING],
        [{ Updates: "all" }, NOT_A_LIST],
        [{ Updates: ["first"] }, NOT_A_STRUCTURE],
        [update({ StepOptions: { NextAttemptDelaySeconds: "soon" } }), NOT_AN_INTEGER],
      ],
      missing: [
        [{ CheckpointToken: undefined }, violated(isNull("checkpointToken"))],
        [update({ Id: undefined }), violated(isNull("updates.1.member.id"))],
        [update({ Type: undefined }), violated(isNull("updates.1.member.type"))],
        [update({ Action: undefined }), violated(isNull("updates.1.member.action"))],
        [
          update({ ChainedInvokeOptions: {} }),
          violated(isNull("updates.1.member.chainedInvokeOptions.functionName")),
        ],
      ],
      tooLong: [
        LONG_ARN,
        LONG_TOKEN,
        [{ ClientToken: long(65) }, violated(isLonger("clientToken", long(65), 64))],
        [update({ Id: long(65) }), violated(isLonger("updates.1.member.id", long(65), 64))],
        [update({ Name: long(257) }), violated(isLonger("updates.1.member.name", long(257), 256))],
        [
          update({ WaitOptions: { WaitSeconds: 31_622_401 } }),
          violated(isMore("updates.1.member.waitOptions.waitSeconds", 31_622_401, 31_622_400)),
        ],
      ],
      unknownValue: [
        [
          update({ Type: "NAP" }),
          violated(
            isNoneOf(
              "updates.1.member.type",
              "NAP",
              ...["EXECUTION", "CONTEXT", "STEP", "WAIT", "CALLBACK", "CHAINED_INVOKE"],
            ),
          ),
        ],
        [
          update({ Action: "SKIP" }),
          violated(
            isNoneOf("updates.1.member.action", "SKIP", "START", "SUCCEED", "FAIL", "RETRY", "CANCEL"),
          ),
        ],
      ],
      unknownResource: [NO_INVOCATION],
    },
    StopDurableExecution: {
      good: { ...ofExecution, Error: { ErrorType: "Enough", ErrorMessage: "Stopped by hand." } },
      wrongType: BAD_ERROR,
      tooLong: [LONG_ARN],
      unknownResource: [NO_EXECUTION],
    },
  };
}
