/**
 * What the processes on one store tell each other beyond what they store: that something has happened which another may
 * wait for. A signal may be lost, so whoever listens is also asked to look now and then.
 */
export interface Signals {
  /** Tells the other processes. Call it after the commit that they are to see. */
  send(topic: string): void;
  /** Has `look` called when another process sent `topic`, and whenever that may have been missed. Returns how to stop. */
  on(topic: string, look: () => void): () => void;
  /** Has `act` called when another process sent `topic`, for who looks `onMissed` for many topics at once. */
  hear(topic: string, act: () => void): () => void;
  /** Has `look` called whenever something may have been missed. */
  onMissed(look: () => void): () => void;
  close(): Promise<void>;
}

/** An embedded store has no other process: whoever must hear of a commit is told by who made it. */
export const NO_SIGNALS: Signals = {
  send() {},
  on: () => () => {},
  hear: () => () => {},
  onMissed: () => () => {},
  async close() {},
};

/** Work that may be claimed at once has been left by a node that cannot take it. */
export const WORK_TOPIC = "work";
/** Something was logged. */
export const LOGS_TOPIC = "logs";
/** Something lies in the inbox of an execution, which another node may hold. */
export function inboxTopic(execution: string): string {
  return `inbox/${execution}`;
}
/** An execution has ended. */
export function endTopic(execution: string): string {
  return `ended/${execution}`;
}
/** Event source mappings have been made, changed or removed. */
export const MAPPINGS_TOPIC = "mappings";
