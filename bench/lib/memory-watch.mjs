import { memoryMib, processTree } from "./processes.mjs";

const LOOK_MS = 200;
/** Listing all processes costs as much as some ten looks at a few of them. */
const LOOKS_PER_LIST = 5;

/** Watches the memory of processes and all that they start; `stop` gives the greatest sums, in MiB. */
export function watchMemory(pids) {
  const peak = { pssMib: 0, rssMib: 0 };
  let looks = 0;
  let tree = [];
  const look = () => {
    if (looks++ % LOOKS_PER_LIST === 0) tree = pids.flatMap(processTree);
    const now = tree.map((member) => memoryMib(member.pid) ?? member);
    for (const kind of ["pssMib", "rssMib"])
      peak[kind] = Math.max(
        peak[kind],
        now.reduce((sum, one) => sum + one[kind], 0),
      );
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  return {
    stop() {
      clearInterval(timer);
      look();
      return peak;
    },
  };
}
