/** Just enough of ASN.1's DER (ITU-T X.690) to write a certificate. */
export const der = {
  sequence: (...parts: readonly Uint8Array[]) => tagged(0x30, ...parts),
  set: (...parts: readonly Uint8Array[]) => tagged(0x31, ...parts),
  /** Of not negative bytes. */
  integer: (bytes: Uint8Array) => tagged(0x02, bytes[0]! & 0x80 ? Buffer.from([0, ...bytes]) : bytes),
  bits: (bytes: Uint8Array) => tagged(0x03, Buffer.from([0]), bytes),
  nothing: () => tagged(0x05),
  text: (text: string) => tagged(0x0c, Buffer.from(text)),
  /** `200101000000Z`: up to 2049, this form is demanded. */
  utcTime: (text: string) => tagged(0x17, Buffer.from(text)),
  /** `20500101000000Z`: from 2050 on. */
  time: (text: string) => tagged(0x18, Buffer.from(text)),
  /** A constructed element with a context's number. */
  explicit: (number: number, part: Uint8Array) => tagged(0xa0 + number, part),
  /** `1.2.840.113549.1.1.11` */
  oid(dotted: string): Uint8Array {
    const [first, second, ...others] = dotted.split(".").map(Number);
    return tagged(0x06, Buffer.from([first! * 40 + second!, ...others.flatMap(base128)]));
  },
};

function tagged(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 128 ? [length] : [0x80 + bytesOf(length).length, ...bytesOf(length)];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

function bytesOf(number: number): number[] {
  return number === 0 ? [] : [...bytesOf(Math.floor(number / 256)), number % 256];
}

function base128(number: number): number[] {
  const digits = [number % 128];
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) {
    digits.unshift((rest % 128) + 128);
  }
  return digits;
}
