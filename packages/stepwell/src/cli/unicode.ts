import type { Terminal } from "./terminal.ts";

/** Whether block characters can be hoped to show: the locale says UTF-8, or it is a terminal of Windows, where none says so. */
export function canUnicode(env: Terminal["env"]): boolean {
  if (env.TERM === "linux" || env.TERM === "dumb") return false;
  if (env.WT_SESSION) return true;
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || "");
}
