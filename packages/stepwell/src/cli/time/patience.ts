import type { Session } from "../session.ts";

/** Time waits for handlers; after this much of the machine's time, a person wants to know for whose. */
const PATIENCE_MS = 5_000;

/** Says which handlers hold time while a move takes long. */
export async function tellingWhoRuns<T>(session: Session, move: Promise<T>): Promise<T> {
  const { client, terminal } = session;
  const timer = terminal.clock.at(terminal.clock.now() + PATIENCE_MS, () => {
    client.call("stepwell.GetTime", { MaxItems: 1 }).then(
      ({ Running }) =>
        session.say(`Time stands still while handlers run: ${Running.join(", ") || "none now"}.`),
      // The move itself fails then, and says why.
      () => {},
    );
  });
  try {
    return await move;
  } finally {
    timer.cancel();
  }
}
