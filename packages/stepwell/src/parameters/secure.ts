import { createHash } from "node:crypto";
import type { ParameterVersion } from "./parameter.ts";

/** The key that AWS uses unless one is named. */
export const DEFAULT_KEY = "alias/aws/ssm";

/** How AWS's ciphertexts begin. */
const MARK = Buffer.from("0102020078", "hex");

/**
 * What a caller sees of a value. Secure strings are stored as they are, for there are no keys here; who does not ask for
 * their decryption gets something that looks like AWS's ciphertext, the same for the same value, and that nobody can
 * decrypt.
 */
export function shownValue({ type, value, keyId }: ParameterVersion, decrypted: boolean): string {
  if (type !== "SecureString" || decrypted) return value;
  const digest = createHash("sha256").update(`${keyId}/${value}`).digest();
  return Buffer.concat([MARK, digest]).toString("base64");
}
