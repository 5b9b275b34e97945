import { isIPv4, isIPv6 } from "node:net";

/** An address as a number, with its number of bits; undefined for what is none. */
export interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Reads an IPv4 or IPv6 address as it is written in text. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { bits: 32, value: BigInt(`0x${hexOfV4(text)}`) };
  if (!isIPv6(text) || text.includes("%")) return undefined;
  return { bits: 128, value: BigInt(`0x${hexOfV6(text)}`) };
}

/** A test whether a text is an address of a block (`10.0.0.0/24`). Throws Error in AWS's words for a malformed block. */
export function matchCidr(block: string): (text: string) => boolean {
  const [ip = "", mask, ...more] = block.split("/");
  if (mask === undefined || mask === "" || more.length > 0)
    throw new Error("Malformed CIDR, one '/' required");
  if (!/^[+-]?\d+$/.test(mask)) throw new Error("Malformed CIDR, mask bits must be an integer");
  const maskBits = Number(mask);
  if (maskBits < 0) throw new Error("Malformed CIDR, mask bits must not be negative");
  const base = parseAddress(ip);
  if (!base) throw new Error(`Nonstandard IP address: ${ip}`);
  if (maskBits >= base.bits) {
    throw new Error(`IPv${base.bits === 32 ? 4 : 6} mask bits must be < ${base.bits}`);
  }
  const last = base.value | ((1n << BigInt(base.bits - maskBits)) - 1n);
  return (text) => {
    const address = parseAddress(text);
    return address?.bits === base.bits && address.value >= base.value && address.value <= last;
  };
}

function hexOfV4(text: string): string {
  return text
    .split(".")
    .map((part) => Number(part).toString(16).padStart(2, "0"))
    .join("");
}

function hexOfV6(text: string): string {
  const [head = "", tail] = withoutV4(text).split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const [first, last] = [groups(head), groups(tail ?? "")];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => "0");
  return [...first, ...zeros, ...last].map((group) => group.padStart(4, "0")).join("");
}

/** The last two groups may be written as an IPv4 address. */
function withoutV4(text: string): string {
  const at = text.lastIndexOf(":") + 1;
  if (!text.includes(".")) return text;
  const hex = hexOfV4(text.slice(at));
  return `${text.slice(0, at)}${hex.slice(0, 4)}:${hex.slice(4)}`;
}
