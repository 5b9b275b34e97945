/**
 * What the processes on one store tell each other beyond what they store: that something has happened which another may
 * wait for. A signal may be lost, so whoever listens is also asked to look now and then.
 */
export interface Signals {
  /** Tells the other processes. Call it after the commit that they are to see. */
  send(topic: string): void;
  /** Has `look` called when another process sent `topic`, and whenever that may have been missed. Returns how to stop. */
  on(topic: string, look: () => void): () => void;
  close(): Promise<void>;
}

/** An embedded store has no other process: whoever must hear of a commit is told by who made it. */
export const NO_SIGNALS: Signals = {
  send() {},
  on: () => () => {},
  async close() {},
};

/** Work that may be claimed at once has been left by a node that cannot take it. */
export const WORK_TOPIC = "work";
/** Something lies in the inbox of an execution that another node may hold. */
export const INBOX_TOPIC = "inbox";
/** Something was logged. */
export const LOGS_TOPIC = "logs";
/** An execution has ended. */
export function endTopic(execution: string): string {
  return `ended/${execution}`;
}
/** Event source mappings have been made, changed or removed. */
export const MAPPINGS_TOPIC = "mappings";
