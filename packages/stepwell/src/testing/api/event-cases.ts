import {
  type Case,
  hasBadMember,
  isLonger,
  isMore,
  isNoneOf,
  isNull,
  matchesNot,
  NOT_A_BOOLEAN,
  NOT_A_LIST,
  NOT_A_STRUCTURE,
  NOT_AN_INTEGER,
  refusal,
  type ServiceCases,
  violating,
} from "./cases.ts";
import { FUNCTION_ARN, KMS_KEY, QUEUE_ARN, type Seeds } from "./seeded-node.ts";

const violated = violating("ValidationException");
const invalid = (message: string) => refusal("InvalidParameterValueException", message);
const notFound = (message: string) => refusal("ResourceNotFoundException", message, 404);

const long = (length: number) => "n".repeat(length);
const NO_RESOURCE = notFound("The resource you requested does not exist.");
const NO_MAPPING: Case = [{ UUID: "0b9c8d7e-0000-4000-8000-000000000000" }, NO_RESOURCE];
const LONG_UUID: Case = [{ UUID: long(37) }, violated(isLonger("uUID", long(37), 36))];

const URL_NAME = String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]{1,64})(:((?!\d+$)[0-9a-zA-Z-_]+))?`;
const LONG_URL_NAME: Case = [
  { FunctionName: long(141) },
  violated(isLonger("functionName", long(141), 140), matchesNot("functionName", long(141), URL_NAME)),
];
const LONG_QUALIFIER: Case = [{ Qualifier: long(129) }, violated(isLonger("qualifier", long(129), 128))];
const NO_URL_FUNCTION: Case = [{ FunctionName: "none" }, notFound("Function does not exist")];
const NO_URL: Case = [{ FunctionName: "plain" }, NO_RESOURCE];
const UNKNOWN_AUTH: Case = [{ AuthType: "OPEN" }, violated(isNoneOf("authType", "OPEN", "NONE", "AWS_IAM"))];
const EVERY_CORS = {
  AllowCredentials: true,
  AllowHeaders: ["x-a"],
  AllowMethods: ["GET"],
  AllowOrigins: ["https://a.example"],
  ExposeHeaders: ["x-b"],
  MaxAge: 60,
};

const SETTINGS = {
  BatchSize: 5,
  MaximumBatchingWindowInSeconds: 1,
  FunctionResponseTypes: ["ReportBatchItemFailures"],
  FilterCriteria: { Filters: [{ Pattern: '{"body":{"a":[1]}}' }] },
  ScalingConfig: { MaximumConcurrency: 2 },
  KMSKeyArn: KMS_KEY,
};
const TOO_CONCURRENT: Case = [
  { ScalingConfig: { MaximumConcurrency: 1001 } },
  violated(isMore("scalingConfig.maximumConcurrency", 1001, 1000)),
];

/** Lambda's operations on event source mappings, function URLs and streams. */
export const eventCases = ({ mapping }: Seeds): ServiceCases => ({
  InvokeWithResponseStream: {
    good: { FunctionName: "plain", Payload: Buffer.from('{"n":1}'), LogType: "Tail" },
    tooLong: [
      [{ FunctionName: long(257) }, violated(isLonger("functionName", long(257), 256))],
      LONG_QUALIFIER,
      [
        { Payload: Buffer.alloc(6_291_457, " ") },
        refusal(
          "RequestEntityTooLargeException",
          "Request must be smaller than 6291456 bytes for the InvokeWithResponseStream operation",
          413,
        ),
      ],
    ],
    unknownValue: [
      [
        { InvocationType: "Event" },
        violated(isNoneOf("invocationType", "Event", "RequestResponse", "DryRun")),
      ],
      [{ LogType: "All" }, violated(isNoneOf("logType", "All", "None", "Tail"))],
    ],
    unknownResource: [
      [{ FunctionName: "none" }, notFound(`Function not found: ${FUNCTION_ARN}:none`)],
      [{ Qualifier: "9" }, notFound(`Function not found: ${FUNCTION_ARN}:plain:9`)],
    ],
  },
  CreateFunctionUrlConfig: {
    good: { FunctionName: "spare", AuthType: "NONE", Cors: EVERY_CORS, InvokeMode: "RESPONSE_STREAM" },
    wrongType: [
      [{ Cors: "all" }, NOT_A_STRUCTURE],
      [{ Cors: { AllowOrigins: "*" } }, NOT_A_LIST],
      [{ Cors: { MaxAge: "long" } }, NOT_AN_INTEGER],
    ],
    missing: [[{ AuthType: undefined }, violated(isNull("authType"))]],
    tooLong: [
      LONG_URL_NAME,
      LONG_QUALIFIER,
      [{ Cors: { MaxAge: 86_401 } }, violated(isMore("cors.maxAge", 86_401, 86_400))],
    ],
    unknownValue: [
      UNKNOWN_AUTH,
      [{ InvokeMode: "SLOW" }, violated(isNoneOf("invokeMode", "SLOW", "BUFFERED", "RESPONSE_STREAM"))],
    ],
    unknownResource: [NO_URL_FUNCTION, [{ Qualifier: "none" }, notFound("Function does not exist")]],
  },
  UpdateFunctionUrlConfig: {
    good: { FunctionName: "order", AuthType: "NONE", Cors: EVERY_CORS, InvokeMode: "BUFFERED" },
    wrongType: [[{ Cors: "all" }, NOT_A_STRUCTURE]],
    tooLong: [LONG_URL_NAME, LONG_QUALIFIER],
    unknownValue: [UNKNOWN_AUTH],
    unknownResource: [NO_URL_FUNCTION, NO_URL],
  },
  GetFunctionUrlConfig: {
    good: { FunctionName: "order" },
    tooLong: [LONG_URL_NAME, LONG_QUALIFIER],
    unknownResource: [NO_URL_FUNCTION, NO_URL],
  },
  ListFunctionUrlConfigs: {
    good: { FunctionName: "order", MaxItems: 1 },
    wrongType: [[{ MaxItems: "many" }, NOT_AN_INTEGER]],
    tooLong: [LONG_URL_NAME, [{ MaxItems: 51 }, violated(isMore("maxItems", 51, 50))]],
    unknownResource: [NO_URL_FUNCTION],
  },
  DeleteFunctionUrlConfig: {
    good: { FunctionName: "spare" },
    tooLong: [LONG_URL_NAME, LONG_QUALIFIER],
    unknownResource: [NO_URL_FUNCTION, NO_URL],
  },
  CreateEventSourceMapping: {
    good: { FunctionName: "plain", EventSourceArn: QUEUE_ARN, Enabled: false, ...SETTINGS },
    wrongType: [
      [{ BatchSize: "many" }, NOT_AN_INTEGER],
      [{ Enabled: "perhaps" }, NOT_A_BOOLEAN],
      [{ FilterCriteria: "all" }, NOT_A_STRUCTURE],
      [{ FunctionResponseTypes: "ReportBatchItemFailures" }, NOT_A_LIST],
    ],
    missing: [[{ FunctionName: undefined }, violated(isNull("functionName"))]],
    tooLong: [
      [{ FunctionName: long(257) }, violated(isLonger("functionName", long(257), 256))],
      [{ BatchSize: 10_001 }, violated(isMore("batchSize", 10_001, 10_000))],
      [{ MaximumBatchingWindowInSeconds: 301 }, violated(isMore("maximumBatchingWindowInSeconds", 301, 300))],
      TOO_CONCURRENT,
    ],
    unknownValue: [
      [
        { StartingPosition: "FIRST" },
        violated(isNoneOf("startingPosition", "FIRST", "TRIM_HORIZON", "LATEST", "AT_TIMESTAMP")),
      ],
    ],
    unknownResource: [
      [{ FunctionName: "none" }, invalid("Function does not exist")],
      [
        { EventSourceArn: `${QUEUE_ARN}-none` },
        invalid(
          "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. " +
            "SQS Error Message: The specified queue does not exist or you do not have access to it.",
        ),
      ],
    ],
  },
  UpdateEventSourceMapping: {
    good: { UUID: mapping, ...SETTINGS },
    wrongType: [[{ BatchSize: "many" }, NOT_AN_INTEGER]],
    tooLong: [LONG_UUID, [{ BatchSize: 10_001 }, violated(isMore("batchSize", 10_001, 10_000))]],
    unknownValue: [
      [
        { FunctionResponseTypes: ["None"] },
        violated(
          hasBadMember(
            "functionResponseTypes",
            "[None]",
            "Member must satisfy enum value set: [ReportBatchItemFailures]",
          ),
        ),
      ],
    ],
    unknownResource: [NO_MAPPING, [{ FunctionName: "none" }, invalid("Function does not exist")]],
  },
  GetEventSourceMapping: {
    good: { UUID: mapping },
    tooLong: [LONG_UUID],
    unknownResource: [NO_MAPPING],
  },
  ListEventSourceMappings: {
    good: { EventSourceArn: QUEUE_ARN, MaxItems: 1 },
    wrongType: [[{ MaxItems: "many" }, NOT_AN_INTEGER]],
    tooLong: [[{ MaxItems: 10_001 }, violated(isMore("maxItems", 10_001, 10_000))]],
    unknownResource: "there are none of what is not there",
  },
  DeleteEventSourceMapping: {
    good: { UUID: mapping },
    tooLong: [LONG_UUID],
    unknownResource: [NO_MAPPING],
  },
});
