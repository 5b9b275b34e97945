import type { FunctionCode } from "./host.ts";
import type { Instance } from "./instance.ts";

/** The instances of one revision of a function's code, for one tenant where its tenants are kept apart. */
export class FunctionPool {
  readonly code: FunctionCode;
  readonly key: string;
  /** Later revisions have higher numbers. */
  readonly order: number;
  readonly instances = new Set<Instance>();

  constructor(code: FunctionCode, key: string, order: number) {
    this.code = code;
    this.key = key;
    this.order = order;
  }

  /** Whether the other pool holds an older revision of the same function version. */
  supersedes(other: FunctionPool): boolean {
    return (
      this.order > other.order &&
      this.code.functionArn === other.code.functionArn &&
      this.code.version === other.code.version &&
      this.code.revision !== other.code.revision
    );
  }

  get starting(): number {
    let count = 0;
    for (const instance of this.instances) if (instance.starting) count++;
    return count;
  }

  /** An instance that can take an invocation: a busy one first, so that idle ones can be dropped. */
  free(idleToo: boolean): Instance | undefined {
    let idle: Instance | undefined;
    for (const instance of this.instances) {
      if (!instance.free) continue;
      if (instance.runningCount > 0) return instance;
      idle = instance;
    }
    return idleToo ? idle : undefined;
  }
}
