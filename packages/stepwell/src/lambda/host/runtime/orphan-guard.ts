import { type ChildProcess, spawn } from "node:child_process";

/** Keeps the process groups that it is told of, and kills them when its input ends. */
const SCRIPT = `groups=" "
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -9 "-$group"; done`;

/**
 * Sees to it that no function outlives this server, even one that is killed: a shell of a few hundred kilobytes waits
 * for the end of its input, which the system closes with the server. A runtime that loops over its API without looking
 * at errors, as scripts do, would otherwise go on for ever. One that is started in the very moment in which the server
 * is killed may be missed. There is no guard on Windows.
 */
export class OrphanGuard {
  #shell: ChildProcess | undefined;

  /** To be called before the first group is started: a server may be killed in the next moment. */
  open(): void {
    if (process.platform !== "win32") this.#shell ??= start();
  }

  add(group: number): void {
    this.#tell(`+ ${group}\n`);
  }

  remove(group: number): void {
    this.#tell(`- ${group}\n`);
  }

  close(): void {
    this.#shell?.stdin?.end();
    this.#shell = undefined;
  }

  #tell(line: string): void {
    this.#shell?.stdin?.write(line);
  }
}

/** Neither Ctrl-C in the server's terminal nor the server's own end waits for it. */
function start(): ChildProcess {
  const shell = spawn("sh", ["-c", SCRIPT], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  // Without a shell on this machine there is no guard; functions run all the same.
  shell.on("error", () => {});
  shell.stdin?.on("error", () => {});
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  return shell;
}
