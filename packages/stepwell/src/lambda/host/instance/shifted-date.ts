const RealDate = Date;
let offsetMs = 0;

/**
 * Lets `Date` in this thread show the server's time: the machine's plus `ms`. Timers and `performance` stay real. While
 * there is no offset, `Date` is Node's own.
 */
export function shiftDate(ms: number): void {
  offsetMs = ms;
  if (ms === 0 || globalThis.Date !== RealDate) return;
  const now = () => RealDate.now() + offsetMs;
  const shifted = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length > 0 ? args : [now()], newTarget),
    apply: () => new RealDate(now()).toString(),
    get: (target, key, receiver) => (key === "now" ? now : Reflect.get(target, key, receiver)),
  });
  // Code that asks for `date.constructor === Date` shall go on hearing yes.
  RealDate.prototype.constructor = shifted;
  globalThis.Date = shifted;
}
