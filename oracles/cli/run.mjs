/** Every operation through the `aws` command, against what AWS's JavaScript client is told by the same requests. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { serviceSchema } from "../../packages/stepwell/dist/kernel/schema/services.js";
import { givenMembers } from "../../packages/stepwell/dist/testing/api/members.js";
import { openSeededNode } from "../../packages/stepwell/dist/testing/api/seeded-node.js";
import { SERVICE_CASES } from "../../packages/stepwell/dist/testing/api/service-cases.js";

const execute = promisify(execFile);

/** One that hangs fails by it; a plain call takes about a second. */
const LONGEST_MS = 60_000;

/** What the command cannot be used for here, and why. */
const NOT_RUN = {
  StartLiveTail: "the command puts `stream-` before the host of the endpoint, and that is no name here",
};
/** Members that are newer than commands which are still about, and what they lack within them. */
const NEWER = {
  "DurableConfig.KMSKeyArn": [],
  "GetDurableExecutionResponse.ExecutionDataIncluded": [],
  "GetDurableExecutionResponse.DurableConfig": [
    "DurableConfig.RetentionPeriodInDays",
    "DurableConfig.ExecutionTimeout",
  ],
};

/** What `aws --version` says, or undefined where there is no such command. */
export async function awsVersion() {
  const said = await execute("aws", ["--version"]).catch(() => undefined);
  return said?.stdout.split(" ")[0];
}

/** Returns `[{ name, results: { [operation]: { passed, errors } } }]`; `only` are names of operations. */
export async function runCli({ only }) {
  const [forCommand, forClient] = [await openSeededNode(), await openSeededNode()];
  const work = await mkdtemp(join(tmpdir(), "stepwell-cli-"));
  try {
    const command = commandFor(forCommand.url, work);
    const results = {};
    const tooNew = new Set();
    for (const service of ["lambda", "logs"]) {
      const has = await operationsOf(command, service);
      const names = Object.keys(goodInputs(service, forCommand.seeds));
      const lacking = names.filter((name) => !has.has(kebab(name)));
      for (const name of lacking)
        console.log(`${service}.${name} is not run: the aws command here has no such operation`);
      for (const name of names) {
        if (lacking.includes(name) || (only && !only.split(",").includes(name))) continue;
        if (NOT_RUN[name]) {
          console.log(`${service}.${name} is not run: ${NOT_RUN[name]}`);
          continue;
        }
        const missing = await missingMembers(service, name, command, { forCommand, forClient });
        const excused = Object.keys(NEWER).filter((member) => missing.includes(member));
        for (const member of excused) tooNew.add(member);
        const forgiven = excused.flatMap((member) => [member, ...NEWER[member]]);
        const errors = missing.filter((member) => !forgiven.includes(member));
        results[`${service}.${name}`] = { passed: errors.length === 0, errors };
      }
    }
    if (tooNew.size > 0) console.log(`The aws command here is too old to show ${[...tooNew].join(", ")}`);
    return [{ name: await awsVersion(), results }];
  } finally {
    await Promise.all([forCommand.close(), forClient.close(), rm(work, { recursive: true, force: true })]);
  }
}

function goodInputs(service, seeds) {
  return Object.fromEntries(
    Object.entries(SERVICE_CASES[service](seeds)).map(([name, { good }]) => [name, good]),
  );
}

/**
 * The members that the command's answer lacks, or why there is none. The two nodes hold the same, so that both answers
 * must have the same members.
 */
async function missingMembers(service, name, command, { forCommand, forClient }) {
  const { output } = serviceSchema(service).operations.get(name);
  try {
    const expected = await forClient.send(service, name, goodInputs(service, forClient.seeds)[name]);
    const answer = await command.call(service, name, goodInputs(service, forCommand.seeds)[name]);
    const told = givenMembers(output, answer);
    return [...givenMembers(output, expected)].filter((member) => !told.has(member));
  } catch (error) {
    return [(error.stderr || error.message).trim()];
  }
}

/** Runs `aws` against a node. Blobs go through files, as the command wants them; the rest is JSON. */
function commandFor(url, work) {
  const env = {
    ...process.env,
    ...{ AWS_ENDPOINT_URL: url, AWS_REGION: "us-east-1", AWS_DEFAULT_REGION: "us-east-1", AWS_PAGER: "" },
    ...{ AWS_ACCESS_KEY_ID: "oracles", AWS_SECRET_ACCESS_KEY: "oracles", AWS_MAX_ATTEMPTS: "1" },
    ...{ AWS_CONFIG_FILE: join(work, "none"), AWS_SHARED_CREDENTIALS_FILE: join(work, "none") },
  };
  const run = (...args) => execute("aws", args, { env, timeout: LONGEST_MS });
  return {
    run,
    async call(service, name, input) {
      // The command takes the zip within these by itself.
      const { Code, Content, ...members } = input;
      const args = [service, kebab(name), "--no-paginate", "--output", "json"];
      const rest = {};
      for (const [member, value] of Object.entries({ ...members, ...Code, ...Content })) {
        if (value instanceof Uint8Array) args.push(`--${kebab(member)}`, await fileOf(work, member, value));
        else if (name === "Invoke") args.push(`--${kebab(member)}`, value);
        else rest[member] = value;
      }
      if (name === "Invoke") {
        // Alone it takes no JSON, and wants a file for the payload.
        const payload = join(work, "payload");
        const { stdout } = await run(...args, payload);
        return { ...parsed(stdout), Payload: await readFile(payload) };
      }
      // Newer than commands which are still about, and refused by them.
      if (rest.DurableConfig) rest.DurableConfig = { ...rest.DurableConfig, KMSKeyArn: undefined };
      const json = join(work, "input.json");
      await writeFile(json, JSON.stringify(rest));
      return parsed((await run(...args, "--cli-input-json", `file://${json}`)).stdout);
    },
  };
}

async function fileOf(work, member, bytes) {
  const file = join(work, `${member}.bytes`);
  await writeFile(file, bytes);
  return `fileb://${file}`;
}

const parsed = (stdout) => (stdout.trim() === "" ? {} : JSON.parse(stdout));

/** The command names its operations when it is asked for one that nobody has. */
async function operationsOf({ run }, service) {
  const { stderr } = await run(service, "no-such-operation").catch((error) => error);
  return new Set(stderr.match(/[a-z0-9]+(?:-[a-z0-9]+)+|invoke/g));
}

function kebab(name) {
  return name.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}
