import {
  A_LIST,
  type Case,
  hasBadKey,
  hasBadMember,
  isLonger,
  isMore,
  isNoneOf,
  isNull,
  NOT_A_BLOB,
  NOT_A_BOOLEAN,
  NOT_A_DOUBLE,
  NOT_A_LIST,
  NOT_A_STRING,
  NOT_A_STRUCTURE,
  NOT_AN_INTEGER,
  refusal,
  type ServiceCases,
  violating,
} from "./cases.ts";
import { EVERY_SETTING, FUNCTION_ARN, PLAIN_ZIP, zipOf } from "./seeded-node.ts";

const violated = violating("ValidationException");
const invalid = (message: string) => refusal("InvalidParameterValueException", message);
const notFound = (message: string) => refusal("ResourceNotFoundException", message, 404);

const noFunction = (name: string) => notFound(`Function not found: ${FUNCTION_ARN}:${name}`);
const NO_FUNCTION: Case = [{ FunctionName: "none" }, noFunction("none")];
const noAlias = (name: string) => notFound(`Cannot find alias arn: ${FUNCTION_ARN}:${name}`);

const long = (length: number) => "n".repeat(length);
/** Operations that go back to 2015 take names and ARNs of up to 140 characters, others of up to 256. */
const longName = (most: number): Case => [
  { FunctionName: long(most + 1) },
  violated(isLonger("functionName", long(most + 1), most)),
];
const LONG_QUALIFIER: Case = [{ Qualifier: long(129) }, violated(isLonger("qualifier", long(129), 128))];
const LONG_ALIAS: Case = [{ Name: long(129) }, violated(isLonger("name", long(129), 128))];
const LONG_DESCRIPTION: Case = [
  { Description: long(257) },
  violated(isLonger("description", long(257), 256)),
];
const BAD_PAGE: Case = [{ MaxItems: "many" }, NOT_AN_INTEGER];
const longPage = (most: number): Case => [
  { MaxItems: most + 1 },
  violated(isMore("maxItems", most + 1, most)),
];

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html, in the order of the service's model. */
export const RUNTIMES =
  "nodejs, nodejs4.3, nodejs6.10, nodejs8.10, nodejs10.x, nodejs12.x, nodejs14.x, nodejs16.x, nodejs18.x, nodejs20.x, " +
  "nodejs22.x, nodejs24.x, java8, java8.al2, java11, java17, java21, java25, python2.7, python3.6, python3.7, " +
  "python3.8, python3.9, python3.10, python3.11, python3.12, python3.13, python3.14, dotnetcore1.0, dotnetcore2.0, " +
  "dotnetcore2.1, dotnetcore3.1, dotnet6, dotnet8, dotnet10, nodejs4.3-edge, go1.x, ruby2.5, ruby2.7, ruby3.2, " +
  "ruby3.3, ruby3.4, ruby4.0, provided, provided.al2, provided.al2023, nodejs26.x, " +
  "python3.15, java8.al2023, java11.al2023, java17.al2023";
/** Lambda refuses runtimes in words of its own: a runtime version's ARN would do as well. */
const UNKNOWN_RUNTIME: Case = [
  { Runtime: "nodejs3" },
  invalid(
    `Value nodejs3 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${RUNTIMES}] or be a valid ARN`,
  ),
];
const UNKNOWN_ARCHITECTURE: Case = [
  { Architectures: ["mips"] },
  violated(hasBadMember("architectures", "[mips]", "Member must satisfy enum value set: [x86_64, arm64]")),
];

/** https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html */
const TAG_TEXT = String.raw`Member must satisfy regular expression pattern: ([\p{L}\p{Z}\p{N}_.:/=+\-@]*)`;
const TAG_KEY = [
  "Member must have length less than or equal to 128",
  "Member must have length greater than or equal to 1",
  TAG_TEXT,
];
const ORDER_TAGS = { Resource: `${FUNCTION_ARN}:order` };
const NO_RESOURCE: Case = [{ Resource: `${FUNCTION_ARN}:none` }, noFunction("none")];
const longResource = `${FUNCTION_ARN}:${long(10_000)}`;
const LONG_RESOURCE: Case = [
  { Resource: longResource },
  violated(isLonger("resource", longResource, 10_000)),
];

const longDestination = `${FUNCTION_ARN}:${long(350)}`;
const LONG_DESTINATION: Case = [
  { DestinationConfig: { OnSuccess: { Destination: longDestination } } },
  violated(isLonger("destinationConfig.onSuccess.destination", longDestination, 350)),
];
const NO_DESTINATION: Case = [
  { DestinationConfig: { OnFailure: { Destination: `${FUNCTION_ARN}:none` } } },
  invalid(`The destination ARN ${FUNCTION_ARN}:none is invalid.`),
];
const EVENT_INVOKE = {
  MaximumRetryAttempts: 0,
  MaximumEventAgeInSeconds: 60,
  DestinationConfig: {
    OnSuccess: { Destination: `${FUNCTION_ARN}:plain` },
    OnFailure: { Destination: `${FUNCTION_ARN}:plain` },
  },
};
const NO_FUNCTION_FOR_EVENTS: Case = [{ FunctionName: "none" }, notFound("The function doesn't exist.")];
const noEventConfig = (name: string) =>
  notFound(`The function ${FUNCTION_ARN}:${name} doesn't have an EventInvokeConfig`);

const PERMISSION = {
  ...{ FunctionName: "order", StatementId: "events", Action: "lambda:InvokeFunction" },
  ...{ Principal: "events.amazonaws.com", SourceArn: "arn:aws:events:us-east-1:000000000000:rule/r" },
};
const longArn = `${FUNCTION_ARN}:${long(94)}`;

/** Lambda's operations on functions (https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html). */
export const LAMBDA_CASES: ServiceCases = {
  CreateFunction: {
    good: { FunctionName: "new", ...EVERY_SETTING, Code: { ZipFile: PLAIN_ZIP } },
    wrongType: [
      [{ FunctionName: 5 }, NOT_A_STRING],
      [{ Timeout: "soon" }, NOT_AN_INTEGER],
      [{ Publish: "perhaps" }, NOT_A_BOOLEAN],
      [{ Code: "zip" }, NOT_A_STRUCTURE],
      [{ Code: { ZipFile: 5 } }, NOT_A_BLOB],
      [{ Tags: ["a"] }, A_LIST],
      [{ Architectures: "x86_64" }, NOT_A_LIST],
      [{ Environment: { Variables: { STAGE: 5 } } }, NOT_A_STRING],
    ],
    missing: [
      [{ FunctionName: undefined }, violated(isNull("functionName"))],
      [{ Role: undefined }, violated(isNull("role"))],
      [{ Code: undefined }, violated(isNull("code"))],
      [{ EphemeralStorage: {} }, violated(isNull("ephemeralStorage.size"))],
    ],
    tooLong: [
      // A name alone may be shorter than an ARN, and Lambda itself says so.
      [
        { FunctionName: long(65) },
        invalid(`1 validation error detected: ${isLonger("functionName", long(65), 64)}`),
      ],
      [{ FunctionName: longArn }, violated(isLonger("functionName", longArn, 140))],
      LONG_DESCRIPTION,
      [{ Handler: long(129) }, violated(isLonger("handler", long(129), 128))],
      [
        { LoggingConfig: { LogGroup: long(513) } },
        violated(isLonger("loggingConfig.logGroup", long(513), 512)),
      ],
      [
        { DurableConfig: { ExecutionTimeout: 31_622_401 } },
        violated(isMore("durableConfig.executionTimeout", 31_622_401, 31_622_400)),
      ],
    ],
    unknownValue: [
      UNKNOWN_RUNTIME,
      UNKNOWN_ARCHITECTURE,
      [{ PackageType: "Jar" }, violated(isNoneOf("packageType", "Jar", "Zip", "Image"))],
      [
        { SnapStart: { ApplyOn: "Always" } },
        violated(isNoneOf("snapStart.applyOn", "Always", "PublishedVersions", "None")),
      ],
    ],
    unknownResource: "it names roles and keys, which are not looked up",
  },
  GetFunction: {
    good: { FunctionName: "order" },
    tooLong: [longName(256), LONG_QUALIFIER],
    unknownResource: [
      NO_FUNCTION,
      [{ Qualifier: "9" }, noFunction("order:9")],
      [{ Qualifier: "none" }, noFunction("order:none")],
    ],
  },
  GetFunctionConfiguration: {
    good: { FunctionName: "order" },
    tooLong: [longName(256), LONG_QUALIFIER],
    unknownResource: [NO_FUNCTION, [{ Qualifier: "9" }, noFunction("order:9")]],
  },
  ListFunctions: {
    good: { MaxItems: 2 },
    wrongType: [BAD_PAGE],
    tooLong: [
      [
        { MasterRegion: `us-${"e".repeat(46)}-1` },
        violated(isLonger("masterRegion", `us-${"e".repeat(46)}-1`, 50)),
      ],
      longPage(10_000),
    ],
    unknownValue: [[{ FunctionVersion: "SOME" }, violated(isNoneOf("functionVersion", "SOME", "ALL"))]],
    unknownResource: "it names none",
  },
  Invoke: {
    good: { FunctionName: "plain", Payload: Buffer.from('{"n":1}'), LogType: "Tail" },
    tooLong: [
      longName(256),
      LONG_QUALIFIER,
      [{ DurableExecutionName: long(65) }, violated(isLonger("durableExecutionName", long(65), 64))],
      [
        { Payload: Buffer.alloc(6_291_457, " ") },
        refusal(
          "RequestEntityTooLargeException",
          "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
          413,
        ),
      ],
    ],
    unknownValue: [
      [
        { InvocationType: "dry_run" },
        violated(isNoneOf("invocationType", "dry_run", "Event", "RequestResponse", "DryRun")),
      ],
      [{ LogType: "All" }, violated(isNoneOf("logType", "All", "None", "Tail"))],
    ],
    unknownResource: [NO_FUNCTION, [{ Qualifier: "9" }, noFunction("plain:9")]],
  },
  UpdateFunctionCode: {
    good: { FunctionName: "order", ZipFile: zipOf("export const handler = () => 2;") },
    wrongType: [
      [{ ZipFile: 5 }, NOT_A_BLOB],
      [{ Publish: "perhaps" }, NOT_A_BOOLEAN],
      [{ Architectures: "x86_64" }, NOT_A_LIST],
    ],
    tooLong: [longName(140), [{ S3Bucket: long(64) }, violated(isLonger("s3Bucket", long(64), 63))]],
    unknownValue: [
      UNKNOWN_ARCHITECTURE,
      [{ PublishTo: "PROD" }, violated(isNoneOf("publishTo", "PROD", "LATEST_PUBLISHED"))],
    ],
    unknownResource: [NO_FUNCTION],
  },
  UpdateFunctionConfiguration: {
    good: { FunctionName: "order", MemorySize: 512 },
    wrongType: [
      [{ MemorySize: "large" }, NOT_AN_INTEGER],
      [{ Environment: { Variables: ["A"] } }, A_LIST],
      [{ Layers: "mine" }, NOT_A_LIST],
    ],
    missing: [[{ EphemeralStorage: {} }, violated(isNull("ephemeralStorage.size"))]],
    tooLong: [longName(140), LONG_DESCRIPTION],
    unknownValue: [
      UNKNOWN_RUNTIME,
      [
        { LoggingConfig: { LogFormat: "XML" } },
        violated(isNoneOf("loggingConfig.logFormat", "XML", "JSON", "Text")),
      ],
      [
        { TracingConfig: { Mode: "Off" } },
        violated(isNoneOf("tracingConfig.mode", "Off", "Active", "PassThrough")),
      ],
    ],
    unknownResource: [NO_FUNCTION],
  },
  PublishVersion: {
    good: { FunctionName: "order", Description: "third" },
    wrongType: [[{ Description: 5 }, NOT_A_STRING]],
    tooLong: [longName(140), LONG_DESCRIPTION],
    unknownValue: [[{ PublishTo: "PROD" }, violated(isNoneOf("publishTo", "PROD", "LATEST_PUBLISHED"))]],
    unknownResource: [NO_FUNCTION],
  },
  ListVersionsByFunction: {
    good: { FunctionName: "order", MaxItems: 2 },
    wrongType: [BAD_PAGE],
    tooLong: [longName(256), longPage(10_000)],
    unknownResource: [NO_FUNCTION],
  },
  CreateAlias: {
    good: {
      ...{ FunctionName: "order", Name: "next", FunctionVersion: "1", Description: "soon" },
      RoutingConfig: { AdditionalVersionWeights: { 2: 0.5 } },
    },
    wrongType: [
      [{ Name: 5 }, NOT_A_STRING],
      [{ RoutingConfig: "half" }, NOT_A_STRUCTURE],
      [{ RoutingConfig: { AdditionalVersionWeights: { 2: "half" } } }, NOT_A_DOUBLE],
    ],
    missing: [
      [{ Name: undefined }, violated(isNull("name"))],
      [{ FunctionVersion: undefined }, violated(isNull("functionVersion"))],
    ],
    tooLong: [longName(140), LONG_ALIAS, LONG_DESCRIPTION],
    unknownResource: [NO_FUNCTION, [{ FunctionVersion: "99" }, noFunction("order:99")]],
  },
  UpdateAlias: {
    good: { FunctionName: "order", Name: "live", Description: "now" },
    wrongType: [
      [{ Description: 5 }, NOT_A_STRING],
      [{ RoutingConfig: { AdditionalVersionWeights: { 2: "half" } } }, NOT_A_DOUBLE],
    ],
    tooLong: [longName(140), LONG_ALIAS, LONG_DESCRIPTION],
    unknownResource: [
      NO_FUNCTION,
      [{ Name: "none" }, noAlias("order:none")],
      [{ FunctionVersion: "99" }, noFunction("order:99")],
    ],
  },
  GetAlias: {
    good: { FunctionName: "order", Name: "live" },
    tooLong: [longName(140), LONG_ALIAS],
    unknownResource: [NO_FUNCTION, [{ Name: "none" }, noAlias("order:none")]],
  },
  ListAliases: {
    good: { FunctionName: "order", MaxItems: 2 },
    wrongType: [BAD_PAGE],
    tooLong: [longName(140), longPage(10_000)],
    unknownResource: [NO_FUNCTION],
  },
  DeleteAlias: {
    good: { FunctionName: "order", Name: "old" },
    tooLong: [longName(140), LONG_ALIAS],
    // An alias that is not there is none the less deleted, as on AWS.
    unknownResource: [NO_FUNCTION],
  },
  AddPermission: {
    good: PERMISSION,
    wrongType: [
      [{ Action: 5 }, NOT_A_STRING],
      [{ InvokedViaFunctionUrl: "perhaps" }, NOT_A_BOOLEAN],
    ],
    missing: [
      [{ StatementId: undefined }, violated(isNull("statementId"))],
      [{ Action: undefined }, violated(isNull("action"))],
      [{ Principal: undefined }, violated(isNull("principal"))],
    ],
    tooLong: [
      longName(256),
      LONG_QUALIFIER,
      [{ StatementId: long(101) }, violated(isLonger("statementId", long(101), 100))],
      [{ EventSourceToken: long(257) }, violated(isLonger("eventSourceToken", long(257), 256))],
    ],
    unknownValue: [
      [{ FunctionUrlAuthType: "OPEN" }, violated(isNoneOf("functionUrlAuthType", "OPEN", "NONE", "AWS_IAM"))],
    ],
    unknownResource: [
      NO_FUNCTION,
      [{ Qualifier: "9" }, noFunction("order:9")],
      [{ Qualifier: "none" }, noAlias("order:none")],
    ],
  },
  GetPolicy: {
    good: { FunctionName: "order" },
    tooLong: [longName(256), LONG_QUALIFIER],
    unknownResource: [
      NO_FUNCTION,
      [{ FunctionName: "plain" }, notFound("The resource you requested does not exist.")],
    ],
  },
  RemovePermission: {
    good: { FunctionName: "order", StatementId: "spare" },
    tooLong: [
      longName(256),
      LONG_QUALIFIER,
      [{ StatementId: long(101) }, violated(isLonger("statementId", long(101), 100))],
    ],
    unknownResource: [
      [{ FunctionName: "none" }, notFound(`No policy found for: ${FUNCTION_ARN}:none`)],
      [{ StatementId: "none" }, notFound("Statement none is not found in resource policy.")],
      [{ FunctionName: "plain" }, notFound("No policy is associated with the given resource.")],
    ],
  },
  ListTags: {
    good: ORDER_TAGS,
    tooLong: [LONG_RESOURCE],
    unknownResource: [NO_RESOURCE],
  },
  TagResource: {
    good: { ...ORDER_TAGS, Tags: { stage: "test" } },
    wrongType: [
      [{ Tags: ["stage"] }, A_LIST],
      [{ Tags: { stage: 5 } }, NOT_A_STRING],
    ],
    missing: [[{ Tags: undefined }, violated(isNull("tags"))]],
    tooLong: [
      LONG_RESOURCE,
      [{ Tags: { [long(129)]: "" } }, violated(hasBadKey("tags", `{${long(129)}=}`, ...TAG_KEY))],
    ],
    unknownResource: [NO_RESOURCE],
  },
  UntagResource: {
    good: { ...ORDER_TAGS, TagKeys: ["spare"] },
    missing: [[{ TagKeys: undefined }, violated(isNull("tagKeys"))]],
    tooLong: [
      LONG_RESOURCE,
      [{ TagKeys: [long(129)] }, violated(hasBadMember("tagKeys", `[${long(129)}]`, ...TAG_KEY))],
    ],
    unknownResource: [NO_RESOURCE],
  },
  GetAccountSettings: { good: {}, unknownResource: "it has no input" },
  GetFunctionCodeSigningConfig: {
    good: { FunctionName: "order" },
    tooLong: [longName(256)],
    unknownResource: [NO_FUNCTION],
  },
  GetFunctionConcurrency: {
    good: { FunctionName: "order" },
    tooLong: [longName(140)],
    unknownResource: [NO_FUNCTION],
  },
  PutFunctionConcurrency: {
    good: { FunctionName: "order", ReservedConcurrentExecutions: 60 },
    wrongType: [[{ ReservedConcurrentExecutions: "few" }, NOT_AN_INTEGER]],
    missing: [
      [{ ReservedConcurrentExecutions: undefined }, violated(isNull("reservedConcurrentExecutions"))],
    ],
    tooLong: [longName(140)],
    unknownResource: [NO_FUNCTION],
  },
  DeleteFunctionConcurrency: {
    good: { FunctionName: "plain" },
    tooLong: [longName(140)],
    unknownResource: [NO_FUNCTION],
  },
  GetFunctionEventInvokeConfig: {
    good: { FunctionName: "order" },
    tooLong: [longName(256), LONG_QUALIFIER],
    unknownResource: [
      [{ FunctionName: "none" }, noEventConfig("none:$LATEST")],
      [{ FunctionName: "spare" }, noEventConfig("spare:$LATEST")],
    ],
  },
  ListFunctionEventInvokeConfigs: {
    good: { FunctionName: "order", MaxItems: 1 },
    wrongType: [BAD_PAGE],
    tooLong: [longName(256), longPage(50)],
    unknownResource: [NO_FUNCTION_FOR_EVENTS],
  },
  PutFunctionEventInvokeConfig: {
    good: { FunctionName: "order", Qualifier: "live", ...EVENT_INVOKE },
    wrongType: [
      [{ MaximumRetryAttempts: "two" }, NOT_AN_INTEGER],
      [{ DestinationConfig: "there" }, NOT_A_STRUCTURE],
    ],
    tooLong: [
      longName(256),
      LONG_QUALIFIER,
      LONG_DESTINATION,
      [{ MaximumRetryAttempts: 3 }, violated(isMore("maximumRetryAttempts", 3, 2))],
    ],
    unknownResource: [NO_FUNCTION_FOR_EVENTS, NO_DESTINATION],
  },
  UpdateFunctionEventInvokeConfig: {
    good: { FunctionName: "order", ...EVENT_INVOKE },
    wrongType: [[{ MaximumEventAgeInSeconds: "old" }, NOT_AN_INTEGER]],
    tooLong: [
      longName(256),
      LONG_QUALIFIER,
      LONG_DESTINATION,
      [{ MaximumEventAgeInSeconds: 21_601 }, violated(isMore("maximumEventAgeInSeconds", 21_601, 21_600))],
    ],
    unknownResource: [
      NO_FUNCTION_FOR_EVENTS,
      [{ FunctionName: "spare" }, noEventConfig("spare:$LATEST")],
      NO_DESTINATION,
    ],
  },
  DeleteFunctionEventInvokeConfig: {
    good: { FunctionName: "plain" },
    tooLong: [longName(256), LONG_QUALIFIER],
    unknownResource: [NO_FUNCTION_FOR_EVENTS, [{ FunctionName: "spare" }, noEventConfig("spare:$LATEST")]],
  },
  DeleteFunction: {
    good: { FunctionName: "spare" },
    tooLong: [longName(256), LONG_QUALIFIER],
    unknownResource: [NO_FUNCTION, [{ FunctionName: "nobody", Qualifier: "9" }, noFunction("nobody")]],
  },
};
