import { type Change, insert, type Row, type Store, statement } from "../../store/store.ts";

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasksResultEntry.html */
export type MoveStatus = "RUNNING" | "COMPLETED" | "CANCELLING" | "CANCELLED" | "FAILED";

/** A move of messages out of a dead-letter queue. */
export interface MoveTask {
  readonly id: string;
  readonly sourceArn: string;
  /** Each message goes back where it came from when absent. */
  readonly destinationArn?: string;
  readonly status: MoveStatus;
  /** Messages a second. */
  readonly rate?: number;
  readonly startedAtMs: number;
  readonly moved: number;
  readonly toMove: number;
  readonly failure?: string;
}

const COLUMNS = "id, source_arn, destination_arn, status, rate, started_at, moved, to_move, failure";
const insertOne = insert("sqs.insertMoveTask", "move_tasks", {
  id: "text",
  source_arn: "text",
  destination_arn: "text",
  status: "text",
  rate: "integer",
  started_at: "bigint",
  moved: "bigint",
  to_move: "bigint",
});
const find = statement("sqs.findMoveTask", `SELECT ${COLUMNS} FROM move_tasks WHERE id = $1`);
const list = statement(
  "sqs.listMoveTasks",
  `SELECT ${COLUMNS} FROM move_tasks WHERE source_arn = $1 ORDER BY started_at DESC, id DESC LIMIT $2`,
);
const count = statement(
  "sqs.countMoved",
  "UPDATE move_tasks SET moved = moved + $1 WHERE id = $2 AND status = 'RUNNING'",
);
const setStatus = statement(
  "sqs.setMoveStatus",
  "UPDATE move_tasks SET status = $1, failure = $2 WHERE id = $3 AND status = $4",
);
/** No more than ten are ever shown of a queue. */
const forget = statement(
  "sqs.forgetMoveTasks",
  `DELETE FROM move_tasks WHERE source_arn = $1 AND status IN ('COMPLETED', 'CANCELLED', 'FAILED') AND id NOT IN
     (SELECT id FROM move_tasks WHERE source_arn = $1 ORDER BY started_at DESC, id DESC LIMIT 10)`,
);

export const moveTasks = {
  /** Conflicts with one that is under way for the same queue. */
  insert(task: MoveTask): Change[] {
    const { id, sourceArn, destinationArn, status, rate, startedAtMs, moved, toMove } = task;
    const params = [id, sourceArn, destinationArn ?? null, status, rate ?? null, startedAtMs, moved, toMove];
    return [
      { statement: insertOne, params },
      { statement: forget, params: [sourceArn] },
    ];
  },
  async find(store: Store, id: string): Promise<MoveTask | undefined> {
    const [row] = await store.read(find, [id]);
    return row && toTask(row);
  },
  /** The latest first. */
  async list(store: Store, sourceArn: string, most: number): Promise<MoveTask[]> {
    return (await store.read(list, [sourceArn, most])).map(toTask);
  },
  /** Conflicts with a cancellation. */
  countMoved: (id: string, moved: number): Change => ({ statement: count, params: [moved, id], rows: 1 }),
  /** Conflicts when its status is another one by now. */
  end({ id, status }: MoveTask, after: MoveStatus, failure?: string): Change {
    return { statement: setStatus, params: [after, failure ?? null, id, status], rows: 1 };
  },
};

function toTask(row: Row): MoveTask {
  return {
    id: String(row.id),
    sourceArn: String(row.source_arn),
    ...(row.destination_arn === null ? {} : { destinationArn: String(row.destination_arn) }),
    status: row.status as MoveStatus,
    ...(row.rate === null ? {} : { rate: Number(row.rate) }),
    startedAtMs: Number(row.started_at),
    moved: Number(row.moved),
    toMove: Number(row.to_move),
    ...(row.failure === null ? {} : { failure: String(row.failure) }),
  };
}
