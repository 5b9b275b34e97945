import type { Metrics } from "../kernel/metrics.ts";
import { header, type WireRequest, type WireResponse } from "../wire/message.ts";
import type { Handle } from "../wire/wire.ts";
import type { Readiness } from "./readiness.ts";

export interface Probes {
  readonly readiness: Readiness;
  readonly metrics: Metrics;
}

type Probe = (probes: Probes) => Promise<WireResponse>;

/**
 * The paths that load balancers and monitors ask, before whatever AWS's clients ask. They need no signature, for
 * such askers have none; a request that is signed is an AWS client's, whatever its path.
 */
export function withProbes(handle: Handle, probes: Probes): Handle {
  return async (request) => {
    const probe = PROBES.get(request.rawPath);
    const reads = request.method === "GET" || request.method === "HEAD";
    return probe && reads && !isSigned(request) ? probe(probes) : handle(request);
  };
}

const PROBES: ReadonlyMap<string, Probe> = new Map<string, Probe>([
  ["/healthz", async () => text(200, "ok\n")],
  [
    "/readyz",
    async ({ readiness }) => {
      const trouble = await readiness.trouble();
      return trouble === undefined ? text(200, "ready\n") : text(503, `${trouble}\n`);
    },
  ],
  [
    "/metrics",
    async ({ metrics }) => text(200, await metrics.text(), "text/plain; version=0.0.4; charset=utf-8"),
  ],
]);

function text(status: number, body: string, type = "text/plain; charset=utf-8"): WireResponse {
  return { status, headers: { "content-type": type, "cache-control": "no-store" }, body };
}

function isSigned(request: WireRequest): boolean {
  return (
    /^AWS/.test(header(request, "authorization") ?? "") || /(^|&)X-Amz-Algorithm=/.test(request.rawQuery)
  );
}
