const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof EXIT_CODES;

/** The signals that ask a server to stop. The first is waited for; the second ends the process where it stands. */
export class StopSignals {
  readonly first: Promise<void>;

  constructor() {
    this.first = new Promise((resolve) => {
      let asked = false;
      const onSignal = (signal: StopSignal) => {
        if (asked) process.exit(EXIT_CODES[signal]);
        asked = true;
        resolve();
      };
      process.on("SIGINT", onSignal);
      process.on("SIGTERM", onSignal);
    });
  }
}
