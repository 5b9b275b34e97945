/**
 * The generated files `services/NAME.json`: a service's operations and shapes as AWS's model has them. They are made
 * by `npm run generate` from the service's AWS SDK client and never edited. Names of types and traits are Smithy's
 * (https://smithy.io/2.0/spec/).
 */

export type Protocol = "rest-json" | "aws-json-1.0" | "aws-json-1.1" | "query";

export type SimpleType =
  | "string"
  | "boolean"
  | "integer"
  | "long"
  | "float"
  | "double"
  /** A number of which the model's type is not known: any finite number. */
  | "number"
  | "blob"
  /** A blob that is not held in memory: the body of a request or response. */
  | "stream"
  | "timestamp"
  /** Any JSON value. */
  | "document";

export type TimestampFormat = "date-time" | "http-date" | "epoch-seconds";

/** What every service has, whatever its operations: enough to route a request without loading the rest. */
export interface ServiceEntry {
  readonly protocol: Protocol;
  /** The service's name in a signature's credential scope: `lambda`, `states`. */
  readonly signingName: string;
  /** What stands before the dot in `X-Amz-Target`: `AWSStepFunctions`. Absent where the protocol has no target. */
  readonly targetPrefix?: string;
  /** Spoken as well, where `protocol` is another: older clients of SQS speak Query. */
  readonly alsoQuery?: true;
}

export interface ServiceFile extends ServiceEntry {
  /** The client that it was generated from: `@aws-sdk/client-lambda@3.1162.0`. */
  readonly client: string;
  readonly apiVersion: string;
  /** Of answers in XML. */
  readonly xmlNamespace?: string;
  readonly operations: Readonly<Record<string, OperationFile>>;
  /** Shapes by name. Names that are not here are simple types without constraints (`string`, `timestamp`). */
  readonly shapes: Readonly<Record<string, ShapeFile>>;
}

export interface OperationFile {
  /** `POST /2015-03-31/functions/{FunctionName}/invocations`. */
  readonly http: string;
  /** The HTTP status of a success. */
  readonly status: number;
  /** Names of structures. */
  readonly input: string;
  readonly output: string;
  readonly errors: readonly string[];
}

export interface ConstraintFile {
  /** Least and greatest length of strings (UTF-16 units), blobs (bytes), lists and maps; value of numbers. */
  readonly min?: number;
  readonly max?: number;
  /** A Java regular expression that must match the whole string. */
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly sensitive?: true;
}

export type ShapeFile =
  | StructureFile
  | ({ readonly type: "list"; readonly member: string; readonly xmlName?: string } & ConstraintFile)
  | ({
      readonly type: "map";
      readonly key: string;
      readonly value: string;
      readonly xmlKeyName?: string;
      readonly xmlValueName?: string;
    } & ConstraintFile)
  | ({ readonly type: SimpleType; readonly timestampFormat?: TimestampFormat } & ConstraintFile);

export interface StructureFile {
  readonly type: "structure" | "union";
  /** A member without traits is its shape's name. */
  readonly members: Readonly<Record<string, string | MemberFile>>;
  readonly required?: readonly string[];
  readonly sensitive?: true;
  /** A union whose values follow one another as an event stream. */
  readonly streaming?: true;
  /** The HTTP status of an error. */
  readonly error?: number;
  /** The code and status of an error in the Query protocol. */
  readonly queryError?: readonly [code: string, status: number];
}

export interface MemberFile {
  readonly shape: string;
  /** Where it travels in HTTP; in the body when none of these is set. */
  readonly label?: true;
  readonly query?: string;
  readonly queryParams?: true;
  readonly header?: string;
  readonly prefixHeaders?: string;
  readonly payload?: true;
  readonly statusCode?: true;
  /** Its name in a JSON body where that differs from the member's. */
  readonly jsonName?: string;
  /** Its name in Query and XML where that differs; `flat` lists and maps have no element around their parts. */
  readonly xmlName?: string;
  readonly xmlFlat?: true;
  /** In an event: the event's payload, or one of its headers. */
  readonly eventPayload?: true;
  readonly eventHeader?: true;
  /** AWS's clients fill it with a UUID when the caller leaves it out. */
  readonly idempotencyToken?: true;
}
