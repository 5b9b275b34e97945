import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";

/** Who calls an operation, and with what at hand. */
export interface CallContext {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  /** The ARN of the caller, as far as it is known. */
  readonly principal: string;
  readonly requestId: string;
  /** Nobody has signed the request: somebody has opened a link. */
  readonly anonymous?: boolean;
  /** Where the caller reaches this server (`http://127.0.0.1:4566`), for URLs in answers; absent in process. */
  readonly endpointUrl?: string;
  /** What the caller said about its trace (X-Amzn-Trace-Id). */
  readonly traceHeader?: string;
  readonly clock: Clock;
  /** Aborted when the caller has gone: a long poll or a synchronous invoke then stops waiting. */
  readonly signal: AbortSignal;
  /**
   * Set by callers in this process who wait until they are aborted, and ask again whenever they are told nothing: a
   * long poll then ends for a reason only, so that one who waits in vain costs nothing.
   */
  readonly waitsUntilAborted?: boolean;
  /**
   * Set by callers in this process who receive messages for somebody else, who has not been handed them: what they make
   * visible again counts as never received, and what another one has received meanwhile is not theirs to hide.
   */
  readonly receivesForAnother?: boolean;
  readonly log: Logger;
}

/** Account, region, principal and the rest for calls that come from nowhere else. */
export const DEFAULT_ACCOUNT = "000000000000";
export const DEFAULT_REGION = "us-east-1";
