import type { CallContext } from "../kernel/context.ts";
import type { Operation } from "../kernel/operations.ts";
import type { Store } from "../store/store.ts";
import { parseUnqualified } from "./reference.ts";
import { functions } from "./table.ts";

/** Code is not signed here, and a CodeSigningConfigArn is refused; but Terraform asks of every function whether it has one. */
export function codeSigningOperations(store: Store) {
  return {
    async GetFunctionCodeSigningConfig(context: CallContext, input: { readonly FunctionName: string }) {
      await functions.latest(store, context, parseUnqualified(context, input.FunctionName));
      return {};
    },
  } satisfies Record<string, Operation>;
}
