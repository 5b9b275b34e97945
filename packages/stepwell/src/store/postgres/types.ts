import type { CustomTypesConfig } from "pg";
import type { Param, Value } from "../store.ts";

/** PostgreSQL's type numbers (pg_type.dat); they never change. */
const BOOL = 16;
const BYTEA = 17;
const INT8 = 20;
const INT2 = 21;
const INT4 = 23;
const FLOAT4 = 700;
const FLOAT8 = 701;
const NUMERIC = 1700;

/** Reads PostgreSQL's texts as the types that SQLite has: its booleans are the numbers 1 and 0. */
export const valueTypes = {
  getTypeParser: (oid: number): ((text: string) => Value) => PARSERS.get(oid) ?? asText,
} as unknown as CustomTypesConfig;

const PARSERS = new Map<number, (text: string) => Value>([
  [BOOL, (text) => (text === "t" ? 1 : 0)],
  [BYTEA, bytes],
  [INT8, integer],
  [INT2, Number],
  [INT4, Number],
  [FLOAT4, Number],
  [FLOAT8, Number],
  // The sum of bigints is numeric.
  [NUMERIC, (text) => (/^-?\d+$/.test(text) ? integer(text) : Number(text))],
]);

function asText(text: string): Value {
  return text;
}

function integer(text: string): Value {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** `\x` and hex digits (bytea_output = hex). */
function bytes(text: string): Uint8Array {
  const buffer = Buffer.from(text.slice(2), "hex");
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** A parameter as pg takes it. JavaScript prints integers beyond 2^53 rounded; a bigint prints every digit. */
export function bound(param: Param): Param {
  if (typeof param !== "number" || !Number.isInteger(param) || Number.isSafeInteger(param)) return param;
  return BigInt(param);
}
