import type { LogLine } from "../../lambda/host/host.ts";
import { functionNameOf } from "../arn.ts";
import { type Style, styleOf } from "../style.ts";
import type { Output } from "../terminal.ts";

/** Lambda's frame around each invocation's log: it says nothing that the rest does not. */
const FRAME = /^(START|END) RequestId: /;

/** Writes what functions logged, each line after its function's name. */
export function printFunctionLog(lines: readonly LogLine[], output: Output): void {
  const style = styleOf(output.hasColors);
  output.write(lines.map((line) => functionLogText(line, style)).join(""));
}

function functionLogText({ functionArn, message }: LogLine, style: Style): string {
  if (FRAME.test(message)) return "";
  const prefix = `${style.busy(functionNameOf(functionArn))} ${style.faint("|")} `;
  const paint = message.startsWith("REPORT RequestId: ") ? style.faint : (text: string) => text;
  return message
    .replace(/\r?\n$/, "")
    .split(/\r?\n/)
    .map((line) => `${prefix}${paint(line)}\n`)
    .join("");
}
