import { BlockList, isIP } from "node:net";
import type { PolicyTokens } from "./compile.ts";
import type { Test } from "./match.ts";
import { isWildcardMatch, parseWildcard } from "./wildcard.ts";

export function prefix(tokens: PolicyTokens): Test {
  const start = tokens.pattern("prefix");
  if (start === "") throw tokens.refusal("Null prefix not allowed");
  return (value) => typeof value === "string" && value.startsWith(start);
}

export function suffix(tokens: PolicyTokens): Test {
  const end = tokens.pattern("suffix");
  if (end === "") throw tokens.refusal("Null suffix not allowed");
  return (value) => typeof value === "string" && value.endsWith(end);
}

export function equalsIgnoringCase(tokens: PolicyTokens): Test {
  const wanted = tokens.pattern("equals-ignore-case").toLowerCase();
  return (value) => typeof value === "string" && value.toLowerCase() === wanted;
}

export function wildcard(tokens: PolicyTokens): Test {
  const pattern = parseWildcard(tokens.pattern("wildcard"), (message) => tokens.refusal(message));
  return (value) => typeof value === "string" && isWildcardMatch(pattern, value);
}

/** `10.0.0.0/24`, also of IPv6. */
export function cidr(tokens: PolicyTokens): Test {
  const [address = "", bits = "", ...more] = tokens.pattern("cidr").split("/");
  if (bits === "" || more.length > 0) throw tokens.refusal("Malformed CIDR, one '/' required");
  const version = isIP(address);
  if (version === 0) throw tokens.refusal(`Nonstandard IP address: ${address}`);
  const most = version === 4 ? 32 : 128;
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > most) {
    throw tokens.refusal(`Malformed CIDR, mask bits must be an integer between 0 and ${most}`);
  }
  const family = version === 4 ? "ipv4" : "ipv6";
  const network = new BlockList();
  network.addSubnet(address, Number(bits), family);
  return (value) => typeof value === "string" && isIP(value) === version && network.check(value, family);
}
