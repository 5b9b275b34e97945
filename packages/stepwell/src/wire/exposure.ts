import { BlockList, isIPv4, isIPv6 } from "node:net";

/** A server that asks for no signatures would be open to a whole network. */
export class OpenServerError extends Error {
  override readonly name = "OpenServerError";
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Throws OpenServerError if other machines could reach `host`, and so run code here, without signing. */
export function refuseOpenServer(host: string, verifies: boolean): void {
  if (verifies || isLoopback(host)) return;
  throw new OpenServerError(
    `Whoever reaches ${host} could run code on this machine, because requests need not be signed.`,
  );
}

/** A name that is looked up may mean any address. */
function isLoopback(host: string): boolean {
  if (host === "localhost") return true;
  if (isIPv4(host)) return loopback.check(host, "ipv4");
  return isIPv6(host) && loopback.check(host, "ipv6");
}
