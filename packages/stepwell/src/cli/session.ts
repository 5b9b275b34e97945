import { Client } from "./client/client.ts";
import { endpointOf } from "./client/endpoint.ts";
import { type Style, styleOf } from "./style.ts";
import type { Terminal } from "./terminal.ts";

/** Options that every command takes. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly color?: boolean;
}

export interface ConnectionOptions extends CommonOptions {
  readonly endpoint?: string;
  readonly region?: string;
}

/** What one run of a command works with. */
export interface Session {
  readonly terminal: Terminal;
  /** One JSON document on stdout, and no chatter. */
  readonly json: boolean;
  /** For stdout. */
  readonly style: Style;
  readonly client: Client;
  /** Data, to stdout. */
  print(text: string): void;
  /** A line for the person at the terminal, to stderr. */
  say(line: string): void;
  /** Suggests what to do next. */
  suggest(command: string): void;
  /** A command as it must be typed to reach the same endpoint. */
  command(words: string): string;
}

export function openSession(terminal: Terminal, options: ConnectionOptions): Session {
  const endpoint = endpointOf(options, terminal.env);
  const json = options.json ?? false;
  const say = (line: string): void => {
    if (!json) terminal.stderr.write(`${line}\n`);
  };
  const command = (words: string): string => `stepwell ${words}${endpoint.options}`;
  return {
    terminal,
    json,
    style: styleOf(terminal.stdout.hasColors),
    client: new Client(endpoint, terminal.clock),
    print: (text) => terminal.stdout.write(text),
    say,
    suggest: (words) => say(`→ ${command(words)}`),
    command,
  };
}

/** A terminal as `--color` and `--no-color` would have it. */
export function withColor(terminal: Terminal, color: boolean | undefined): Terminal {
  if (color === undefined) return terminal;
  return {
    ...terminal,
    stdout: { ...terminal.stdout, hasColors: color },
    stderr: { ...terminal.stderr, hasColors: color },
  };
}
