import { createHash, createPrivateKey, sign } from "node:crypto";
import { Conflict } from "../../store/errors.ts";
import { insert, type Row, type Store, statement } from "../../store/store.ts";
import { makeSigningKey, type SigningKey } from "./certificate.ts";

const find = statement("snsKey.find", "SELECT private_key, certificate FROM sns_signing_keys WHERE id = $1");
const insertOne = insert("snsKey.insert", "sns_signing_keys", {
  id: "text",
  private_key: "text",
  certificate: "text",
});
const ID = "1";

/** What signs messages, and where the certificate is that verifies them. */
export interface Signatures {
  /** Base64; version 1 is SHA1 with RSA, version 2 SHA256. The same text is signed once. */
  sign(text: string, version: "1" | "2"): string;
  certificateUrl(linkBase: string): string;
  readonly certificateName: string;
  /** PEM. */
  readonly certificate: string;
}

/**
 * The key that an installation signs its topics' messages with. It is made when something is to be signed for the first
 * time, and kept in the store, so that what was signed can be verified as long as the store lives.
 */
export class Signer {
  readonly #store: Store;
  #signatures: Promise<Signatures> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  signatures(): Promise<Signatures> {
    this.#signatures ??= this.#key().then(signaturesOf);
    // One that could not be had is asked for again.
    this.#signatures.catch(() => {
      this.#signatures = undefined;
    });
    return this.#signatures;
  }

  async #key(): Promise<SigningKey> {
    const known = await this.#find();
    if (known) return known;
    const key = await makeSigningKey();
    const change = { statement: insertOne, params: [ID, key.privateKey, key.certificate] };
    try {
      await this.#store.commit([change], { key: "sns" });
      return key;
    } catch (error) {
      // Another node was faster: there is one key.
      if (!(error instanceof Conflict)) throw error;
      return (await this.#find())!;
    }
  }

  async #find(): Promise<SigningKey | undefined> {
    const [row] = await this.#store.read(find, [ID]);
    return row && toKey(row);
  }
}

function toKey(row: Row): SigningKey {
  return { privateKey: String(row.private_key), certificate: String(row.certificate) };
}

function signaturesOf({ privateKey, certificate }: SigningKey): Signatures {
  const key = createPrivateKey(privateKey);
  const hash = createHash("sha256").update(certificate).digest("hex").slice(0, 32);
  const certificateName = `SimpleNotificationService-${hash}.pem`;
  let last = { text: "", version: "", signature: "" };
  return {
    sign(text, version) {
      if (last.text !== text || last.version !== version) {
        const signature = sign(version === "1" ? "sha1" : "sha256", Buffer.from(text), key);
        last = { text, version, signature: signature.toString("base64") };
      }
      return last.signature;
    },
    certificateUrl: (linkBase) => `${linkBase}/_stepwell/sns/${certificateName}`,
    certificateName,
    certificate,
  };
}
