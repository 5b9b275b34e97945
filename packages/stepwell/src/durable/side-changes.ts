import type { Change } from "../store/store.ts";
import type { Draft } from "./draft.ts";
import { change } from "./tables.ts";

/**
 * What a draft's rows mean for the tables beside the journal. `settled` names callbacks whose own row was updated
 * already, by the node that put their completion into the inbox.
 */
export function sideChanges(execution: string, draft: Draft, settled?: ReadonlySet<string>): Change[] {
  const changes: Change[] = [];
  for (const { kind, data } of draft.rows) {
    switch (kind) {
      case "CallbackStarted":
        changes.push(change.insertCallback(execution, data.Id!));
        break;
      case "CallbackSucceeded":
      case "CallbackFailed":
      case "CallbackTimedOut":
        if (!settled?.has(data.Id!)) {
          changes.push(change.endCallback(execution, data.Id!, draft.operation(data.Id!)!.Status));
        }
        break;
      case "ExecutionSucceeded":
      case "ExecutionFailed":
      case "ExecutionTimedOut":
      case "ExecutionStopped":
        changes.push(change.endExecution(execution, draft.header.status, draft.nowMs));
    }
  }
  return changes;
}
