import { appendFileSync } from "node:fs";

const nowMs = () => performance.timeOrigin + performance.now();

/** Writes down when each message, event or schedule has arrived: `ID MS`, of a wall clock with fractions. */
export async function handler(event: {
  Records?: readonly { body: string }[];
  detail?: { id: string };
  id?: string;
}) {
  const atMs = nowMs();
  const ids = event.Records?.map(({ body }) => body.split(" ", 1)[0]) ?? [event.detail?.id ?? event.id];
  appendFileSync(process.env.ARRIVALS!, ids.map((id) => `${id} ${atMs}\n`).join(""));
}
