import { timingSafeEqual } from "node:crypto";
import type { AccessKey } from "../../kernel/access-key.ts";
import type { Clock } from "../../kernel/clock.ts";
import { serviceIndex } from "../../kernel/schema/services.ts";
import type { ServiceSchema } from "../../kernel/schema/shape.ts";
import type { Sessions } from "../../kernel/sessions.ts";
import { type BodyLimit, readBody } from "../body.ts";
import { isForm } from "../form.ts";
import { header, type WireRequest } from "../message.ts";
import { protocolNameOf } from "../protocol.ts";
import {
  ALGORITHM,
  canonicalRequest,
  type SigningScope,
  sha256,
  signature,
  stringToSign,
  TERMINATOR,
} from "./canonical.ts";
import { claimOf, type SignatureClaim } from "./claim.ts";
import { Refusals } from "./refusals.ts";
import { checkAge, isoBasic, parseExpiry, parseSigningDate } from "./when-signed.ts";

export interface VerifierOptions {
  readonly keys: readonly AccessKey[];
  /** Temporary credentials that are good too. */
  readonly sessions?: Sessions;
  /**
   * Where the node's time is virtual, functions sign by it and everybody else by the machine's: either will do. Else
   * one clock.
   */
  readonly clocks: readonly Clock[];
}

/** The second half of a check, which needs the body. Resolves to the request, with its body if that had to be read. */
export type CheckBody = (limit: BodyLimit) => Promise<WireRequest>;

/**
 * Verifies AWS Signature Version 4: in the header or presigned, with AWS's errors in the order in which AWS checks
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html).
 */
export class SignatureVerifier {
  readonly #keys: ReadonlyMap<string, AccessKey>;
  readonly #sessions: Sessions | undefined;
  readonly #clocks: readonly Clock[];

  constructor({ keys, sessions, clocks }: VerifierOptions) {
    this.#keys = new Map(keys.map((key) => [key.accessKeyId, key]));
    this.#sessions = sessions;
    this.#clocks = clocks;
  }

  /** Checks all that can be known before the body is read. Throws AwsError. */
  check(request: WireRequest, schema: ServiceSchema): CheckBody {
    const refusals = new Refusals(protocolNameOf(schema, request));
    const claim = claimOf(request, refusals);
    const atMs = parseSigningDate(claim.date, refusals);
    const isoDate = isoBasic(atMs);
    checkAge(atMs, this.#nearestNowMs(atMs), parseExpiry(claim.expires, refusals), refusals);
    const headers = signedHeaders(request, claim, refusals);
    const { accessKeyId, ...scope } = scopeOf(claim, schema, isoDate, refusals);
    const key = this.#keys.get(accessKeyId) ?? this.#temporaryKey(accessKeyId, claim, refusals);
    if (!key) throw refusals.unrecognized();

    return async (limit) => {
      const { method, rawPath } = request;
      const { payload } = claim;
      let checked = request;
      let payloadHash = payload;
      // A form says what is asked for: it is never left out of the signature.
      if (payload === undefined || !isMarker(payload) || isForm(request)) {
        const body = await readBody(request, limit);
        checked = { ...request, body };
        payloadHash = sha256(body);
      }
      const canonical = canonicalRequest({
        ...{ method, rawPath, headers, query: claim.query },
        payloadHash: payloadHash!,
      });
      const toSign = stringToSign(isoDate, scope, canonical);
      if (!equal(claim.signature, signature(key.secretAccessKey, scope, toSign))) {
        throw refusals.mismatch(canonical, toSign);
      }
      if (!equal(claim.sessionToken ?? "", key.sessionToken ?? "")) throw refusals.unrecognized();
      return checked;
    };
  }

  #temporaryKey(
    accessKeyId: string,
    { sessionToken }: SignatureClaim,
    refusals: Refusals,
  ): AccessKey | undefined {
    const session = sessionToken === undefined ? undefined : this.#sessions?.find(sessionToken);
    if (session?.key.accessKeyId !== accessKeyId) return undefined;
    // They were given by the node's time, which is the first clock.
    if (session.expiresAtMs <= this.#clocks[0]!.now()) throw refusals.expired();
    return session.key;
  }

  #nearestNowMs(atMs: number): number {
    const distance = (nowMs: number) => Math.abs(nowMs - atMs);
    return this.#clocks.map((clock) => clock.now()).reduce((a, b) => (distance(b) < distance(a) ? b : a));
  }
}

/** What stands for the hash of a body that is not signed as a whole. */
function isMarker(payload: string): boolean {
  return payload === "UNSIGNED-PAYLOAD" || payload.startsWith("STREAMING-");
}

function signedHeaders(request: WireRequest, claim: SignatureClaim, refusals: Refusals): [string, string][] {
  if (!claim.signedHeaders.includes("host")) {
    throw refusals.invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  return claim.signedHeaders.map((name) => {
    const value = Object.hasOwn(request.headers, name) ? header(request, name) : undefined;
    if (value !== undefined) return [name, value];
    throw refusals.invalid(
      `'${name}' is named as a SignedHeader, but it does not exist in the HTTP request.`,
    );
  });
}

function scopeOf(
  { algorithm, credential }: SignatureClaim,
  schema: ServiceSchema,
  isoDate: string,
  refusals: Refusals,
): SigningScope & { readonly accessKeyId: string } {
  if (algorithm !== ALGORITHM) {
    const sigV4a = algorithm.startsWith("AWS4-ECDSA-")
      ? "Stepwell does not verify Signature Version 4A."
      : "";
    throw refusals.incomplete(
      `Unsupported AWS 'algorithm': '${algorithm}' (only ${ALGORITHM} for now). ${sigV4a}`.trim(),
    );
  }
  const parts = credential.replace(/\/+$/, "").split("/");
  if (parts.length !== 5) {
    throw refusals.incomplete(
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, " +
        `got '${credential}'`,
    );
  }
  const [accessKeyId, day, region, service, terminator] = parts as [string, string, string, string, string];
  const { signingName } = serviceIndex().get(schema.service)!;
  const today = isoDate.slice(0, 8);
  const wrong: string[] = [];
  if (!/^[a-z0-9-]{1,32}$/.test(region)) {
    wrong.push(`Credential should be scoped to a valid region, not '${region}'.`);
  }
  if (service !== signingName) {
    wrong.push(`Credential should be scoped to correct service: '${signingName}'.`);
  }
  if (terminator !== TERMINATOR) {
    wrong.push(`Credential should be scoped with a valid terminator: '${TERMINATOR}', not '${terminator}'.`);
  }
  if (day !== today) {
    wrong.push(
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: " +
        `'${day}' != '${today}', from '${isoDate}'.`,
    );
  }
  if (wrong.length > 0) throw refusals.invalid(wrong.join(" "));
  return { accessKeyId, day, region, service };
}

/** Takes the same time whether the first character differs or the last. */
function equal(given: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(given)), Buffer.from(sha256(expected)));
}
