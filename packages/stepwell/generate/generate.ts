import { writeFileSync } from "node:fs";
import { buildService } from "./build.ts";
import { generatedFiles } from "./format.ts";
import { OWN_SERVICE } from "./own-service.ts";
import { SOURCES } from "./sources.ts";

/** `npm run generate`: writes the schemas of every service and their index. */
const services = await Promise.all(
  SOURCES.map(async (source) => [source.service, await buildService(source)] as const),
);
for (const [name, text] of generatedFiles(new Map([...services, ["stepwell", OWN_SERVICE]]))) {
  writeFileSync(new URL(`../src/kernel/schema/services/${name}`, import.meta.url), text);
  process.stdout.write(`${name}: ${text.length} bytes\n`);
}
