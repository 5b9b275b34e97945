import type { FunctionPolicy, PolicyStatement } from "../shared.ts";
import type { FunctionUrl } from "./url.ts";

const ACTIONS = new Set(["lambda:InvokeFunctionUrl", "lambda:*", "*"]);

/**
 * Whether anybody may use a URL without a signature
 * (https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html#urls-auth-none): a policy of what it invokes has to
 * allow everyone to. Since October 2025 AWS wants a second statement for new URLs (lambda:InvokeFunction with
 * InvokedViaFunctionUrl); that one is not asked for, as URLs from before do without it on AWS too.
 */
export function isPublic(url: FunctionUrl, policies: readonly FunctionPolicy[]): boolean {
  const policy = policies.find(({ qualifier }) => qualifier === url.qualifier);
  return policy?.statements.some(allowsEveryone) ?? false;
}

function allowsEveryone({ Principal, Action, Condition }: PolicyStatement): boolean {
  const everyone = Principal === "*" || ("AWS" in Principal && Principal.AWS === "*");
  return everyone && ACTIONS.has(Action) && isMet(Condition);
}

/** Only the condition that AWS documents for public URLs can be met by somebody who is unknown. */
function isMet(condition: object = {}): boolean {
  return Object.entries(condition).every(
    ([operator, keys]) =>
      operator === "StringEquals" &&
      Object.entries(keys as object).every(
        ([key, value]) => key === "lambda:FunctionUrlAuthType" && value === "NONE",
      ),
  );
}
