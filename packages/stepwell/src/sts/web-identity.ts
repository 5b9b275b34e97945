import { AwsError } from "../kernel/errors.ts";

/** What a web identity token says of its bearer. */
export interface WebIdentity {
  readonly subject: string;
  readonly audience: string;
  readonly provider: string;
}

/** Reads a JSON Web Token. Its signature is not looked at: that would need the provider's keys. Throws AwsError. */
export function readWebIdentity(token: string, nowMs: number): WebIdentity {
  const claims = claimsOf(token);
  const { sub, aud, iss, exp } = claims ?? {};
  if (typeof sub !== "string" || typeof iss !== "string") {
    throw new AwsError(
      "InvalidIdentityTokenException",
      "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
    );
  }
  if (typeof exp === "number" && exp * 1000 <= nowMs) {
    const seconds = Math.floor(nowMs / 1000);
    throw new AwsError(
      "ExpiredTokenException",
      `Token expired: current date/time ${seconds} must be before the expiration date/time ${exp}`,
    );
  }
  const [audience] = [aud].flat();
  return { subject: sub, provider: iss, audience: typeof audience === "string" ? audience : "" };
}

function claimsOf(token: string): Readonly<Record<string, unknown>> | undefined {
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  try {
    const claims = JSON.parse(Buffer.from(parts[1]!, "base64url").toString("utf8")) as unknown;
    return typeof claims === "object" && claims !== null ? (claims as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
