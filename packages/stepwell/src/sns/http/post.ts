import http from "node:http";
import https from "node:https";
import { RealClock } from "../../kernel/clock.ts";

/** https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html */
const TIMEOUT_MS = 15_000;
/** What endpoints do with their time is a matter of the machine's time, never of a virtual one. */
const machineClock = new RealClock();

/** Resolves to the status of the answer; rejects when there was none within 15 s, or `signal` was aborted. */
export function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<number> {
  const { request } = url.protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    const content = Buffer.from(body);
    const sent = request(url, {
      method: "POST",
      headers: {
        ...headers,
        "content-length": content.byteLength,
        "user-agent": "Amazon Simple Notification Service Agent",
        "accept-encoding": "gzip,deflate",
      },
      // A connection that is kept might be closed by the other side just when it is used again.
      agent: false,
      signal,
    });
    const timer = machineClock.at(machineClock.now() + TIMEOUT_MS, () => {
      sent.destroy(new Error(`The endpoint did not answer within ${TIMEOUT_MS / 1000} s.`));
    });
    sent.on("response", (response) => {
      // Nobody reads what it says, however long it is.
      response.on("error", () => {});
      response.destroy();
      resolve(response.statusCode!);
    });
    sent.on("error", reject);
    sent.on("close", () => {
      timer.cancel();
      reject(new Error("The connection was closed before there was an answer."));
    });
    sent.end(content);
  });
}
