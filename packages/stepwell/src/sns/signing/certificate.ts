import { createHash, createPrivateKey, createPublicKey, generateKeyPair, sign } from "node:crypto";
import { promisify } from "node:util";
import { der } from "./der.ts";

/** Both as PEM. */
export interface SigningKey {
  readonly privateKey: string;
  readonly certificate: string;
}

const KEY_BITS = 2048;
/** For as long as anybody may want to verify with it, on whatever clock. */
const NOT_BEFORE = "000101000000Z";
const NOT_AFTER = "21991231235959Z";
const SHA256_WITH_RSA = "1.2.840.113549.1.1.11";
const COMMON_NAME = "2.5.4.3";
const NAME = "sns.amazonaws.com";

/** A new RSA key with a certificate for it (RFC 5280), signed by itself. */
export async function makeSigningKey(): Promise<SigningKey> {
  const encoding = { type: "pkcs8", format: "pem" } as const;
  const { privateKey } = await promisify(generateKeyPair)("rsa", {
    modulusLength: KEY_BITS,
    privateKeyEncoding: encoding,
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return { privateKey, certificate: selfSigned(privateKey) };
}

function selfSigned(privateKey: string): string {
  const key = createPrivateKey(privateKey);
  const publicKey = createPublicKey(key).export({ type: "spki", format: "der" });
  const algorithm = der.sequence(der.oid(SHA256_WITH_RSA), der.nothing());
  const name = der.sequence(der.set(der.sequence(der.oid(COMMON_NAME), der.text(NAME))));
  const serial = createHash("sha256").update(publicKey).digest().subarray(0, 16);
  const body = der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))),
    der.integer(serial),
    algorithm,
    name,
    der.sequence(der.utcTime(NOT_BEFORE), der.time(NOT_AFTER)),
    name,
    publicKey,
  );
  const whole = der.sequence(body, algorithm, der.bits(sign("sha256", body, key)));
  const base64 = Buffer.from(whole).toString("base64");
  const lines = base64.match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
