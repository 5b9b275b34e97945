/** Whether data is on PostgreSQL, and not in a folder. */
export function isPostgresUrl(data: string): boolean {
  return /^postgres(ql)?:/.test(data);
}
