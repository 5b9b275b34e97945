import type { Protocol, SimpleType, TimestampFormat } from "./file.ts";

/**
 * A service's schema as the codecs use it: the generated file with its names resolved to objects.
 *
 * Typed values inside Stepwell: a structure is an object without absent members, a blob is a Uint8Array, a timestamp is
 * a number of epoch milliseconds, a stream is a ByteStream, everything else is as in JSON.
 */
export interface ServiceSchema {
  readonly service: string;
  readonly protocol: Protocol;
  readonly apiVersion: string;
  /** Older clients speak Query to it too. */
  readonly alsoQuery?: boolean;
  /** Of answers in XML. */
  readonly xmlNamespace?: string;
  readonly operations: ReadonlyMap<string, OperationSchema>;
  /** Errors by their code (`ResourceNotFoundException`). */
  readonly errors: ReadonlyMap<string, StructureShape>;
}

/** Bytes that are not held in memory: the body of a request or a response. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  /** Absent when nobody has told it. */
  readonly lengthBytes?: number;
}

export interface OperationSchema {
  /** `Invoke`. */
  readonly name: string;
  /** As the operation table has it: `lambda.Invoke`. */
  readonly fullName: string;
  readonly method: string;
  /** `/2015-03-31/functions/{FunctionName}/invocations`. */
  readonly uri: string;
  readonly status: number;
  readonly input: StructureShape;
  readonly output: StructureShape;
  /** Codes of the errors that the operation declares. */
  readonly errors: readonly string[];
}

/** What a value must satisfy; `min` and `max` bound a number's value and everything else's length. */
interface Constraints {
  readonly min?: number;
  readonly max?: number;
  /** A Java regular expression, as AWS's messages quote it. */
  readonly pattern?: string;
  readonly enum?: readonly string[];
  /** Messages do not repeat a sensitive value. */
  readonly sensitive?: boolean;
}

export interface StructureShape {
  readonly type: "structure" | "union";
  readonly name: string;
  readonly members: readonly Member[];
  /** Members by their name in JSON. */
  readonly byJsonName: ReadonlyMap<string, Member>;
  readonly sensitive?: boolean;
  /** A union whose values follow one another as an event stream. */
  readonly streaming?: boolean;
  /** The HTTP status, if this is an error. */
  readonly errorStatus?: number;
  /** The error's code and status in the Query protocol. */
  readonly queryError?: readonly [code: string, status: number];
}

export interface ListShape extends Constraints {
  readonly type: "list";
  readonly name: string;
  readonly member: Shape;
  /** The name of each member's element in Query and XML; `member` by default. */
  readonly xmlName?: string;
}

export interface MapShape extends Constraints {
  readonly type: "map";
  readonly name: string;
  readonly key: Shape;
  readonly value: Shape;
  /** `key` and `value` by default. */
  readonly xmlKeyName?: string;
  readonly xmlValueName?: string;
}

export interface SimpleShape extends Constraints {
  readonly type: SimpleType;
  readonly name: string;
  readonly timestampFormat?: TimestampFormat;
}

export type Shape = StructureShape | ListShape | MapShape | SimpleShape;

export interface Member {
  readonly name: string;
  readonly shape: Shape;
  readonly required: boolean;
  /** Its name in AWS's messages: `functionName`. */
  readonly pathName: string;
  readonly jsonName: string;
  readonly xmlName: string;
  /** A list or map in XML and Query without an element around its parts. */
  readonly xmlFlat: boolean;
  readonly binding: Binding;
  readonly idempotencyToken: boolean;
}

/** Where a member travels in HTTP; `name` is the query parameter, header or header prefix (lower case). */
export interface Binding {
  readonly in:
    | "body"
    | "label"
    | "query"
    | "queryParams"
    | "header"
    | "prefixHeaders"
    | "payload"
    | "statusCode"
    | "eventPayload"
    | "eventHeader";
  readonly name: string;
}
