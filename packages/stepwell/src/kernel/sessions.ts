import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { AccessKey } from "./access-key.ts";
import type { Ids } from "./ids.ts";

/** Who signs with temporary credentials, and until when. */
export interface Session {
  readonly key: AccessKey;
  /** The ARN of whom they are for. */
  readonly principal: string;
  readonly expiresAtMs: number;
}

/** What a session token says. */
interface TokenBody {
  readonly accessKeyId: string;
  readonly principal: string;
  readonly expiresAtMs: number;
}

const MAC_BYTES = 32;
const SECRET_LENGTH = 40;

/**
 * Temporary credentials. Nothing of them is stored: the session token says all and is sealed, and the secret follows
 * from it. The seal is made of the access keys that a node is given, so every node with the same keys knows them.
 */
export class Sessions {
  readonly #seal: Buffer;

  constructor(keys: readonly AccessKey[]) {
    const texts = keys.map((key) => `${key.accessKeyId}:${key.secretAccessKey}`).sort();
    this.#seal = createHash("sha256")
      .update(["sessions", ...texts].join("\n"))
      .digest();
  }

  issue(principal: string, expiresAtMs: number, ids: Ids): Session {
    const accessKeyId = `ASIA${ids.uuid().replaceAll("-", "").slice(0, 16).toUpperCase()}`;
    const body: TokenBody = { accessKeyId, principal, expiresAtMs };
    const text = Buffer.from(JSON.stringify(body));
    const token = Buffer.concat([this.#mac(text), text]).toString("base64");
    return this.#session(body, token);
  }

  /** The session of a token; undefined for one that was not issued with these keys. It may have expired. */
  find(token: string): Session | undefined {
    const bytes = Buffer.from(token, "base64");
    if (bytes.length <= MAC_BYTES) return undefined;
    const text = bytes.subarray(MAC_BYTES);
    if (!timingSafeEqual(bytes.subarray(0, MAC_BYTES), this.#mac(text))) return undefined;
    return this.#session(JSON.parse(text.toString("utf8")) as TokenBody, token);
  }

  #session({ accessKeyId, principal, expiresAtMs }: TokenBody, sessionToken: string): Session {
    const secret = this.#mac(Buffer.from(`secret of ${sessionToken}`)).toString("base64");
    const key = { accessKeyId, secretAccessKey: secret.slice(0, SECRET_LENGTH), sessionToken };
    return { key, principal, expiresAtMs };
  }

  #mac(text: Uint8Array): Buffer {
    return createHmac("sha256", this.#seal).update(text).digest();
  }
}
