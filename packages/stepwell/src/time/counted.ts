import type { Host } from "../lambda/host/host.ts";
import type { Store } from "../store/store.ts";
import type { Activity } from "./activity.ts";

/** A store whose reads and commits count as activity. */
export function countedStore(store: Store, activity: Activity): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (name !== "read" && name !== "commit" && name !== "putBlob") return value.bind(target);
      return (...args: unknown[]) => activity.during(value.apply(target, args) as Promise<unknown>);
    },
  });
}

/** A host whose invocations count as activity, under the names of their functions. */
export function countedHost(host: Host, activity: Activity): Host {
  return {
    invoke: (request) => activity.during(host.invoke(request), request.code.functionName),
    close: (graceMs) => host.close(graceMs),
  };
}
