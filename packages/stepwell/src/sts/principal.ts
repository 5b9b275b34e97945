import { createHash } from "node:crypto";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ROLE = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:.*\/)?([\w+=,.@-]+)$/;
const ASSUMED_ROLE = /^arn:aws[a-z-]*:sts::(\d{12}):assumed-role\/([^/]+)\/([^/]+)$/;
const FEDERATED_USER = /^arn:aws[a-z-]*:sts::(\d{12}):federated-user\/(.+)$/;

export interface Role {
  readonly account: string;
  /** Without its path. */
  readonly name: string;
}

export function parseRole(arn: string): Role | undefined {
  const match = ROLE.exec(arn);
  return match ? { account: match[1]!, name: match[2]! } : undefined;
}

/** `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION` */
export function assumedRoleArn({ account, name }: Role, session: string): string {
  return `arn:aws:sts::${account}:assumed-role/${name}/${session}`;
}

/** The unique id of an assumed role; there are no roles here, so it follows from the role's name. */
export function assumedRoleId({ account, name }: Role, session: string): string {
  const digest = createHash("sha256").update(`${account}/${name}`).digest();
  const letters = [...digest.subarray(0, 17)].map((byte) => BASE32[byte % BASE32.length]);
  return `AROA${letters.join("")}:${session}`;
}

/** What GetCallerIdentity tells of a principal. */
export function identityOf(principal: string): { readonly Account: string; readonly UserId: string } {
  const account = principal.split(":")[4] ?? "";
  const [, , role, session] = ASSUMED_ROLE.exec(principal) ?? [];
  if (role !== undefined) {
    return { Account: account, UserId: assumedRoleId({ account, name: role }, session!) };
  }
  const [, , user] = FEDERATED_USER.exec(principal) ?? [];
  return { Account: account, UserId: user === undefined ? account : `${account}:${user}` };
}
