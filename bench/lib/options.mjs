import { parseArgs } from "node:util";

const help = ({ parts, partsOnPostgres, contenders }) => `npm run bench -- [options]

  --only LIST                 of ${parts.join(", ")}; all by default
  --contenders LIST           of ${contenders.join(", ")};
                              all by default
  --store postgres            of those that keep their data in one PostgreSQL server: ${partsOnPostgres.join(", ")}
  --rounds N                  rounds per figure, 5 by default; start-up takes twice as many
  --seconds S                 length of a round, 3 by default; W3 and W5 take as long as they take
  --function-concurrency N    invocations that one instance of a Stepwell function takes at a time, 1024 by default
  --profile                   instead of figures: where the time goes in Stepwell's server and host
  --json                      one JSON document on stdout
  --help

The data of all contenders is in a folder under BENCH_TMP, or under the system's folder for temporary files. Its disk
is what is probed. Progress goes to stderr.`;

/** The command line, checked. Ends the process for --help and for wrong usage. */
export function readOptions(known) {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: "string" },
        contenders: { type: "string" },
        store: { type: "string" },
        rounds: { type: "string", default: "5" },
        seconds: { type: "string", default: "3" },
        "function-concurrency": { type: "string", default: "1024" },
        profile: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(help(known));
      process.exit(0);
    }
    if (values.store !== undefined && values.store !== "postgres")
      throw new Error(`--store knows postgres alone, not ${values.store}.`);
    const parts = values.store ? known.partsOnPostgres : known.parts;
    const contenders = values.store ? known.onPostgres : known.contenders;
    return {
      onPostgres: values.store !== undefined,
      only: choice("--only", values.only ?? parts.join(), parts),
      contenders: choice("--contenders", values.contenders ?? contenders.join(), known.contenders),
      rounds: positive("--rounds", values.rounds, Number.isInteger),
      seconds: positive("--seconds", values.seconds, Number.isFinite),
      functionConcurrency: positive(
        "--function-concurrency",
        values["function-concurrency"],
        Number.isInteger,
      ),
      profile: values.profile,
      json: values.json,
    };
  } catch (error) {
    console.error(`${error.message}\n\n${help(known)}`);
    process.exit(2);
  }
}

/** In whatever case they are written. */
function choice(option, text, known) {
  const chosen = text.toLowerCase().split(",");
  const names = known.map((name) => name.toLowerCase());
  const unknown = chosen.filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new Error(`${option} does not know ${unknown.join(", ")}: choose of ${known.join(", ")}.`);
  return known.filter((_, i) => chosen.includes(names[i]));
}

function positive(option, text, check) {
  const value = Number(text);
  if (!check(value) || value <= 0) throw new Error(`${option} needs a number above 0, not ${text}.`);
  return value;
}
