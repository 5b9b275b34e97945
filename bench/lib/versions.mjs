import { readFileSync } from "node:fs";

const PACKAGES = {
  stepwell: "../../packages/stepwell/",
  "@stepwell/durable": "../../packages/durable/",
  "@aws/durable-execution-sdk-js": "../../node_modules/@aws/durable-execution-sdk-js/",
};

/** A package of this project, or one that it has installed, as `NAME VERSION`. */
export function versioned(name) {
  const file = new URL(`${PACKAGES[name]}package.json`, import.meta.url);
  return `${name} ${JSON.parse(readFileSync(file, "utf8")).version}`;
}
