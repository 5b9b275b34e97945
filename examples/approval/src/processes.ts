import { appendFileSync, existsSync, readFileSync } from "node:fs";

export type Command = "command one" | "command two";

const file = process.env.RECORD_FILE ?? "record.txt";

/** Every effect leaves one line here, also when it happens twice. */
function record(effect: string): void {
  appendFileSync(file, `${effect}\n`);
}

function times(effect: string): number {
  return existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line === effect).length
    : 0;
}

/** The outside world of the approval workflow: stands for a table, a mail and a queue. */
export const processes = {
  async create(title: string): Promise<string> {
    record(`create ${title}`);
    return `process-${title}`;
  },
  async askForApproval(processId: string, _callbackId: string): Promise<void> {
    record(`ask ${processId}`);
  },
  /** Another process runs for the first two looks, then it is done. */
  async othersAreRunning(processId: string): Promise<boolean> {
    record(`look ${processId}`);
    return times(`look ${processId}`) < 3;
  },
  async send(processId: string, command: Command, _callbackId: string): Promise<void> {
    record(`${command} ${processId}`);
  },
  async complete(processId: string): Promise<void> {
    record(`complete ${processId}`);
  },
};
