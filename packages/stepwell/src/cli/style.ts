export type Paint = (text: string) => string;

/** Colours by what they mean to a reader. */
export interface Style {
  readonly strong: Paint;
  readonly faint: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly busy: Paint;
  readonly waiting: Paint;
}

const plain: Paint = (text) => text;
const PLAIN: Style = { strong: plain, faint: plain, good: plain, bad: plain, busy: plain, waiting: plain };

/** SGR parameters of ECMA-48: what switches an attribute on, and off again. */
const sgr =
  (on: number, off: number): Paint =>
  (text) =>
    `\x1b[${on}m${text}\x1b[${off}m`;
const COLOURED: Style = {
  strong: sgr(1, 22),
  faint: sgr(2, 22),
  good: sgr(32, 39),
  bad: sgr(31, 39),
  busy: sgr(36, 39),
  waiting: sgr(33, 39),
};

export function styleOf(hasColors: boolean): Style {
  return hasColors ? COLOURED : PLAIN;
}

/** How the status of an execution or operation is painted. */
export function statusPaint(style: Style, status: string): Paint {
  switch (status) {
    case "SUCCEEDED":
      return style.good;
    case "FAILED":
    case "TIMED_OUT":
      return style.bad;
    case "STARTED":
    case "RUNNING":
      return style.busy;
    case "PENDING":
      return style.waiting;
    default:
      return style.faint;
  }
}
