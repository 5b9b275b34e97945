#!/usr/bin/env node
// Plain JavaScript that every Node version can parse: it must be able to say that the version is too old.
var version = process.versions.node.split(".").map(Number);
if (version[0] < 22 || (version[0] === 22 && version[1] < 13)) {
  console.error(
    "stepwell needs Node.js 22.13 or newer, because it stores its data with node:sqlite; this is " +
      process.version +
      ".\nInstall a newer Node.js (24 is recommended), or run `npx -p node@24 -p stepwell stepwell ...`.",
  );
  process.exit(2);
}
// Compiled code is kept for the next start, among the system's temporary files: that is a tenth of a start's work.
process.getBuiltinModule("node:module").enableCompileCache();
import("../dist/cli/main.js").catch((error) => {
  if (error && error.code === "ERR_MODULE_NOT_FOUND" && /dist.cli.main\.js/.test(error.message)) {
    console.error("stepwell is not built yet: run `npm run build` in the clone first.");
  } else {
    console.error(error);
  }
  process.exit(1);
});
