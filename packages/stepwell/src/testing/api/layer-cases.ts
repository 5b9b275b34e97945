import {
  type Case,
  hasBadMember,
  isLonger,
  isMore,
  isNoneOf,
  isNull,
  matchesNot,
  NOT_A_BLOB,
  NOT_A_LIST,
  NOT_A_STRING,
  NOT_A_STRUCTURE,
  NOT_AN_INTEGER,
  refusal,
  type ServiceCases,
  violating,
} from "./cases.ts";
import { RUNTIMES } from "./lambda-cases.ts";
import { EVERY_LAYER_MEMBER, LAYER_ARN } from "./seeded-node.ts";

const violated = violating("ValidationException");
const notFound = (message: string) => refusal("ResourceNotFoundException", message, 404);
const long = (length: number) => "n".repeat(length);

const LONG_NAME: Case = [{ LayerName: long(141) }, violated(isLonger("layerName", long(141), 140))];
const NO_NUMBER: Case = [{ VersionNumber: "many" }, NOT_AN_INTEGER];
const NO_LAYER: Case = [{ LayerName: "none" }, notFound("The resource you requested does not exist.")];
const noVersion = (name: string) => notFound(`Layer version ${LAYER_ARN}:${name} does not exist.`);
const NO_LAYER_FOR_POLICY: Case = [{ LayerName: "none" }, noVersion("none:1")];
const UNKNOWN_FILTERS: readonly Case[] = [
  [{ CompatibleRuntime: "node" }, violated(isNoneOf("compatibleRuntime", "node", RUNTIMES))],
  [
    { CompatibleArchitecture: "sparc" },
    violated(isNoneOf("compatibleArchitecture", "sparc", "x86_64", "arm64")),
  ],
];
const BAD_PAGE: Case = [{ MaxItems: "many" }, NOT_AN_INTEGER];
const LONG_PAGE: Case = [{ MaxItems: 51 }, violated(isMore("maxItems", 51, 50))];
const WORDS = { LayerName: "words", VersionNumber: 1 };
const longSid: Case = [{ StatementId: long(101) }, violated(isLonger("statementId", long(101), 100))];

/** Lambda's operations on layers (https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html). */
export const LAYER_CASES: ServiceCases = {
  PublishLayerVersion: {
    good: { LayerName: "words", ...EVERY_LAYER_MEMBER },
    wrongType: [
      [{ Content: "zip" }, NOT_A_STRUCTURE],
      [{ Content: { ZipFile: 5 } }, NOT_A_BLOB],
      [{ Description: 5 }, NOT_A_STRING],
      [{ CompatibleRuntimes: "nodejs22.x" }, NOT_A_LIST],
    ],
    missing: [[{ Content: undefined }, violated(isNull("content"))]],
    tooLong: [
      LONG_NAME,
      [{ Description: long(257) }, violated(isLonger("description", long(257), 256))],
      [{ LicenseInfo: long(513) }, violated(isLonger("licenseInfo", long(513), 512))],
    ],
    unknownValue: [
      [
        { CompatibleArchitectures: ["sparc"] },
        violated(
          hasBadMember(
            "compatibleArchitectures",
            "[sparc]",
            "Member must satisfy enum value set: [x86_64, arm64]",
          ),
        ),
      ],
    ],
    unknownResource: "it makes what is not there",
  },
  GetLayerVersion: {
    good: WORDS,
    wrongType: [NO_NUMBER],
    tooLong: [LONG_NAME],
    unknownResource: [
      NO_LAYER,
      [{ VersionNumber: 9 }, notFound("The resource you requested does not exist.")],
    ],
  },
  GetLayerVersionByArn: {
    good: { Arn: `${LAYER_ARN}:words:1` },
    missing: [[{ Arn: undefined }, violated(isNull("arn"))]],
    tooLong: [
      [
        { Arn: `${LAYER_ARN}:${long(2048)}:1` },
        violated(isLonger("arn", `${LAYER_ARN}:${long(2048)}:1`, 2048)),
      ],
    ],
    unknownResource: [
      [{ Arn: `${LAYER_ARN}:none:1` }, notFound("The resource you requested does not exist.")],
    ],
  },
  ListLayerVersions: {
    good: { LayerName: "words", MaxItems: 1 },
    wrongType: [BAD_PAGE],
    tooLong: [LONG_NAME, LONG_PAGE],
    unknownValue: UNKNOWN_FILTERS,
    unknownResource: "the list of what is not there is empty",
  },
  ListLayers: {
    good: { MaxItems: 1 },
    wrongType: [BAD_PAGE],
    tooLong: [LONG_PAGE],
    unknownValue: UNKNOWN_FILTERS,
    unknownResource: "it names none",
  },
  AddLayerVersionPermission: {
    good: { ...WORDS, StatementId: "new", Action: "lambda:GetLayerVersion", Principal: "*" },
    wrongType: [NO_NUMBER, [{ Action: 5 }, NOT_A_STRING]],
    missing: [
      [{ StatementId: undefined }, violated(isNull("statementId"))],
      [{ Action: undefined }, violated(isNull("action"))],
      [{ Principal: undefined }, violated(isNull("principal"))],
    ],
    tooLong: [LONG_NAME, longSid],
    unknownValue: [
      [{ Action: "lambda:Do" }, violated(matchesNot("action", "lambda:Do", "lambda:GetLayerVersion"))],
    ],
    unknownResource: [NO_LAYER_FOR_POLICY, [{ VersionNumber: 9 }, noVersion("words:9")]],
  },
  GetLayerVersionPolicy: {
    good: WORDS,
    wrongType: [NO_NUMBER],
    tooLong: [LONG_NAME],
    unknownResource: [
      NO_LAYER_FOR_POLICY,
      [{ VersionNumber: 2 }, notFound("No policy is associated with the given resource.")],
    ],
  },
  RemoveLayerVersionPermission: {
    good: { ...WORDS, StatementId: "spare" },
    wrongType: [NO_NUMBER],
    tooLong: [LONG_NAME, longSid],
    unknownResource: [
      NO_LAYER_FOR_POLICY,
      [{ StatementId: "none" }, notFound("Statement none is not found in resource policy.")],
    ],
  },
  DeleteLayerVersion: {
    good: { LayerName: "spare", VersionNumber: 1 },
    wrongType: [NO_NUMBER],
    tooLong: [LONG_NAME],
    unknownResource: "what is not there is deleted already",
  },
};
