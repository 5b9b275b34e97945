import { AwsError } from "../kernel/errors.ts";
import { invalid } from "./errors.ts";
import type { Place } from "./parameter.ts";

const NAME = /^[A-Za-z0-9_.-]+$|^(\/[A-Za-z0-9_.-]+)+$/;
const RESERVED = /^\/?(aws|ssm)/i;
const MOST_LEVELS = 15;
const LONGEST = 1011;

const FORM =
  "If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of " +
  "letters, numbers and the following 3 symbols .-_";

/** `arn:aws:ssm:REGION:ACCOUNT:parameter/NAME`, with one slash before the name. */
export function parameterArn({ region, account }: Place, name: string): string {
  return `arn:aws:ssm:${region}:${account}:parameter${name.startsWith("/") ? "" : "/"}${name}`;
}

/** Refuses names that no parameter can have. */
function checkName(name: string): void {
  if (!NAME.test(name)) {
    throw invalid(`Parameter name: can't be prefixed with "ssm" (case-insensitive). ${FORM}`);
  }
}

/** Refuses names under which nobody may put parameters. */
export function checkNewName(name: string): void {
  if (RESERVED.test(name)) {
    const isPath = name.split("/").length > 2;
    if (!isPath) {
      throw invalid('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
    }
    if (/^\/aws/i.test(name)) {
      throw new AwsError("AccessDeniedException", `No access to reserved parameter name: ${name}.`);
    }
    throw invalid(`Parameter name: can't be prefixed with "ssm" (case-insensitive). ${FORM}`);
  }
  if (name.includes("/") && !name.startsWith("/")) {
    throw invalid("Parameter name must be a fully qualified name.");
  }
  checkName(name);
  if (name.length > LONGEST) {
    throw invalid(`Parameter name: can have no more than ${LONGEST} characters, with its ARN.`);
  }
  if (name.split("/").length - 1 > MOST_LEVELS) {
    throw new AwsError(
      "HierarchyLevelLimitExceededException",
      `The parameter name has too many levels: a hierarchy can have a maximum of ${MOST_LEVELS} levels.`,
    );
  }
}

/** A parameter as GetParameter names it: by name or ARN, with a version or a label after a colon. */
export interface Selected {
  /** Names that it may have: an ARN does not tell whether a name begins with a slash. */
  readonly names: readonly string[];
  /** With the colon; empty for the latest version. */
  readonly selector: string;
}

/** Reads a name with its selector. Throws ValidationException. */
export function parseSelected(place: Place, text: string): Selected {
  const prefix = `arn:aws:ssm:${place.region}:${place.account}:parameter/`;
  const isArn = text.startsWith("arn:");
  const rest = isArn && text.startsWith(prefix) ? text.slice(prefix.length) : text;
  if (isArn && rest === text) return { names: [], selector: "" };
  const [name = "", ...selectors] = rest.split(":");
  if (selectors.length > 1) throw invalid(`Parameter name: ${text} has more than one version or label.`);
  const names = !isArn ? [name] : name.includes("/") ? [`/${name}`] : [name, `/${name}`];
  checkName(names[0]!);
  return { names, selector: selectors.length === 0 ? "" : `:${selectors[0]}` };
}
