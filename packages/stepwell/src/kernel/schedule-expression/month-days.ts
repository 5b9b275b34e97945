/** Which days of a month a cron expression means: by its day-of-month or its day-of-week field. */
export type MonthDays =
  | { readonly kind: "days"; readonly days: readonly number[] }
  /** `L` */
  | { readonly kind: "last-day" }
  /** `LW`: the last from Monday to Friday. */
  | { readonly kind: "last-workday" }
  /** `15W`: the day from Monday to Friday of the same month that is nearest to it. */
  | { readonly kind: "nearest-workday"; readonly day: number }
  /** Days of the week are 1 to 7 from Sunday. */
  | { readonly kind: "weekdays"; readonly weekdays: readonly number[] }
  /** `6L`: the last Friday. */
  | { readonly kind: "last-weekday"; readonly weekday: number }
  /** `6#3`: the third Friday. */
  | { readonly kind: "nth-weekday"; readonly weekday: number; readonly nth: number };

const SUNDAY = 1;
const SATURDAY = 7;

/** The days of a month (1 to 12) that are meant, in ascending order. */
export function daysOfMonth(which: MonthDays, year: number, month: number): readonly number[] {
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  const weekdayOf = (day: number): number => ((first + day - 1) % 7) + 1;
  const dayOf = (weekday: number, from: number): number => from + ((weekday - weekdayOf(from) + 7) % 7);
  switch (which.kind) {
    case "days":
      return which.days.filter((day) => day <= last);
    case "last-day":
      return [last];
    case "last-workday":
      return [nearestWorkday(last, last, weekdayOf)];
    case "nearest-workday":
      return which.day <= last ? [nearestWorkday(which.day, last, weekdayOf)] : [];
    case "weekdays":
      return Array.from({ length: last }, (_, i) => i + 1).filter((day) =>
        which.weekdays.includes(weekdayOf(day)),
      );
    case "last-weekday":
      return [dayOf(which.weekday, last - 6)];
    case "nth-weekday": {
      const day = dayOf(which.weekday, 1) + (which.nth - 1) * 7;
      return day <= last ? [day] : [];
    }
  }
}

function nearestWorkday(day: number, last: number, weekdayOf: (day: number) => number): number {
  if (weekdayOf(day) === SATURDAY) return day === 1 ? 3 : day - 1;
  if (weekdayOf(day) === SUNDAY) return day === last ? day - 2 : day + 1;
  return day;
}
