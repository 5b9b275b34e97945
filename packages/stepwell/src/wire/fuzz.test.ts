import fc from "fast-check";
import { expect, test } from "vitest";
import { serviceSchema } from "../kernel/schema/services.ts";
import { jsonOf, request, signedFor } from "./fixtures/request.ts";
import { serveRecording } from "./fixtures/served.ts";

/**
 * Whatever arrives, the wire answers: the operation's success when it happens to be a good request, else a refusal with
 * a code and a message. It never fails inside.
 */
const lambdaPaths = [...serviceSchema("lambda").operations.values()].map(({ method, uri }) => ({
  method,
  uri,
}));
const targets = [...serviceSchema("states").operations.keys()];

const nasty = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "%",
    "%2",
    "%ff",
    "..",
    "../..",
    "%00",
    "__proto__",
    "constructor",
    "{FunctionName}",
    "?",
    "#",
    "//",
  ),
);
const segment = fc.oneof(
  nasty.map((text) => text.replaceAll(/[/?# ]/g, "")),
  nasty.map((text) => encodeURIComponent(Buffer.from(text).toString())),
);
const body = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.json().map((json) => Buffer.from(json)),
);
const headers = fc.dictionary(
  fc.constantFrom(
    "authorization",
    "x-amz-target",
    "x-amz-invocation-type",
    "x-amz-log-type",
    "content-encoding",
    "x-amz-content-sha256",
    "x-amz-client-context",
    "content-length",
  ),
  nasty,
);

const anyRequest = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH"),
  path: fc.array(segment, { maxLength: 6 }).map((segments) => `/${segments.join("/")}`),
  query: nasty,
  headers,
  body,
});
/** A path that exists, with anything for its labels. */
const lambdaRequest = fc
  .record({
    route: fc.constantFrom(...lambdaPaths),
    labels: fc.array(segment, { minLength: 3, maxLength: 3 }),
    query: nasty,
    headers,
    body,
  })
  .map(({ route, labels, query, ...rest }) => {
    const values = [...labels];
    const path = route.uri.split("?")[0]!.replaceAll(/\{\w+\+?\}/g, () => values.pop() || "x");
    return { ...rest, method: route.method, path, query };
  });
const statesRequest = fc.record({ target: fc.constantFrom(...targets), body }).map(({ target, body }) => ({
  method: "POST",
  path: "/",
  query: "",
  headers: { "x-amz-target": `AWSStepFunctions.${target}`, ...signedFor("states") } as Record<string, string>,
  body,
}));

test.for([
  ["any bytes at any path", anyRequest],
  ["any labels, headers and bodies at Lambda's paths", lambdaRequest],
  ["any body of a Step Functions operation", statesRequest],
] as const)("%s", async ([, requests]) => {
  const served = serveRecording();
  await fc.assert(
    fc.asyncProperty(requests, async ({ method, path, query, headers, body }) => {
      served.calls.length = 0;
      const response = await served.handle({
        ...request(`${method} /`, { headers, body }),
        rawPath: path,
        rawQuery: query,
      });
      if (served.calls.length > 0) {
        expect(response.status).toBeLessThan(300);
      } else {
        expect(response.status === 501 || (response.status >= 400 && response.status < 500)).toBe(true);
        expect(response.headers["x-amzn-errortype"]).toMatch(/^\w+$/);
        expect(jsonOf(response)).toMatchObject({ message: expect.stringMatching(/./) });
      }
    }),
    { numRuns: 1_000 },
  );
});
