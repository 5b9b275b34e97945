import type { ColumnType, Param } from "../store.ts";

/**
 * PostgreSQL's binary form of a one-dimensional array, which pg sends as it is: measured 2 to 3 times faster than
 * the text form with its quoting and hex. Layout (array_recv in arrayfuncs.c): dimensions, whether there are nulls,
 * the elements' type, length, lower bound; then for each element its size (-1 for null) and bytes.
 */
export function binaryArray(type: ColumnType, values: readonly Param[]): Buffer {
  const { oid, size, write } = ELEMENTS[type];
  let bytes = HEADER_BYTES;
  for (const value of values) bytes += 4 + (value === null ? 0 : size(value as never));
  const array = Buffer.allocUnsafe(bytes);
  array.writeInt32BE(1, 0);
  array.writeInt32BE(1, 4);
  array.writeInt32BE(oid, 8);
  array.writeInt32BE(values.length, 12);
  array.writeInt32BE(1, 16);
  let at = HEADER_BYTES;
  for (const value of values) {
    if (value === null) {
      at = array.writeInt32BE(-1, at);
    } else {
      at = array.writeInt32BE(size(value as never), at);
      at = write(array, value as never, at);
    }
  }
  return array;
}

const HEADER_BYTES = 20;

interface Element<T> {
  readonly oid: number;
  readonly size: (value: T) => number;
  /** Returns the place after the element. */
  readonly write: (array: Buffer, value: T, at: number) => number;
}

const ELEMENTS: {
  readonly text: Element<string>;
  readonly bigint: Element<number | bigint>;
  readonly integer: Element<number | bigint>;
  readonly bytea: Element<Uint8Array>;
  readonly "double precision": Element<number>;
} = {
  text: {
    oid: 25,
    size: (value) => Buffer.byteLength(value),
    write: (array, value, at) => at + array.write(value, at),
  },
  bigint: {
    oid: 20,
    size: () => 8,
    write: (array, value, at) => array.writeBigInt64BE(BigInt(value), at),
  },
  integer: {
    oid: 23,
    size: () => 4,
    write: (array, value, at) => array.writeInt32BE(Number(value), at),
  },
  bytea: {
    oid: 17,
    size: (value) => value.byteLength,
    write: (array, value, at) => {
      array.set(value, at);
      return at + value.byteLength;
    },
  },
  "double precision": {
    oid: 701,
    size: () => 8,
    // Adding 0 turns -0 into 0, as SQLite keeps it.
    write: (array, value, at) => array.writeDoubleBE(value + 0, at),
  },
};
