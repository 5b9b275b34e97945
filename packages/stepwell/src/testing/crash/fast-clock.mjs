import { RealClock } from "../../../dist/kernel/clock.js";

/**
 * Loaded before a server to make its time pass faster: CRASH_TEST_CLOCK is "START,SPEED", and since START (ms) its
 * clock has run SPEED times as fast as the machine's, over all restarts.
 */
const [startMs, speed] = process.env.CRASH_TEST_CLOCK.split(",").map(Number);
const { now, at } = RealClock.prototype;
/** A clock that keeps the machine's time. */
const machine = { now, at };

RealClock.prototype.now = () => startMs + (machine.now() - startMs) * speed;
RealClock.prototype.at = (atMs, fire) => machine.at(startMs + Math.ceil((atMs - startMs) / speed), fire);
