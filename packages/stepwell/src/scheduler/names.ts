/** Where schedules are. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

/** Which schedule. */
export interface ScheduleKey extends Place {
  readonly groupName: string;
  readonly name: string;
}

export const DEFAULT_GROUP = "default";

/** `arn:aws:scheduler:REGION:ACCOUNT:schedule/GROUP/NAME` */
export function scheduleArn({ region, account, groupName, name }: ScheduleKey): string {
  return `arn:aws:scheduler:${region}:${account}:schedule/${groupName}/${name}`;
}

/** `arn:aws:scheduler:REGION:ACCOUNT:schedule-group/NAME` */
export function groupArn({ region, account }: Place, name: string): string {
  return `arn:aws:scheduler:${region}:${account}:schedule-group/${name}`;
}

/** The keys of the work items of a group's schedules begin with it. */
export function alarmKeyPrefix({ account, region }: Place, groupName: string): string {
  return `${account}/${region}/schedule/${groupName}/`;
}

/** The key of the work item that is a schedule's alarm. */
export function alarmKey(key: ScheduleKey): string {
  return alarmKeyPrefix(key, key.groupName) + key.name;
}

/** Which schedule a work item is the alarm of. */
export function scheduleOfAlarm(workKey: string): ScheduleKey {
  const [account, region, , groupName, name] = workKey.split("/") as [string, string, string, string, string];
  return { account, region, groupName, name };
}
