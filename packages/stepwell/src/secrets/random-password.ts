import type { Ids } from "../kernel/ids.ts";
import { invalidParameter } from "./errors.ts";

export interface RandomPasswordInput {
  readonly PasswordLength?: number;
  readonly ExcludeCharacters?: string;
  readonly ExcludeNumbers?: boolean;
  readonly ExcludePunctuation?: boolean;
  readonly ExcludeUppercase?: boolean;
  readonly ExcludeLowercase?: boolean;
  readonly IncludeSpace?: boolean;
  readonly RequireEachIncludedType?: boolean;
}

const DEFAULT_LENGTH = 32;
const LOWERCASE = "abcdefghijklmnopqrstuvwxyz";
const UPPERCASE = LOWERCASE.toUpperCase();
const NUMBERS = "0123456789";
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html */
export async function getRandomPassword({ ids }: { readonly ids: Ids }, input: RandomPasswordInput) {
  const { PasswordLength: length = DEFAULT_LENGTH, ExcludeCharacters: excluded = "" } = input;
  const types = [
    input.ExcludeLowercase ? "" : LOWERCASE,
    input.ExcludeUppercase ? "" : UPPERCASE,
    input.ExcludeNumbers ? "" : NUMBERS,
    input.ExcludePunctuation ? "" : PUNCTUATION,
    input.IncludeSpace ? " " : "",
  ]
    .map((type) => [...type].filter((character) => !excluded.includes(character)))
    .filter((type) => type.length > 0);
  if (types.length === 0) throw invalidParameter("The password would have no characters to be made of.");
  const required = (input.RequireEachIncludedType ?? true) ? types : [];
  if (required.length > length) {
    throw invalidParameter("Password length is too short based on the required types.");
  }
  const all = types.flat();
  const one = (from: readonly string[]): string => from[Math.floor(draw(ids) * from.length)]!;
  const password = [
    ...required.map(one),
    ...Array.from({ length: length - required.length }, () => one(all)),
  ];
  // The required ones come first so far.
  for (let i = password.length - 1; i > 0; i--) {
    const j = Math.floor(draw(ids) * (i + 1));
    [password[i], password[j]] = [password[j]!, password[i]!];
  }
  return { RandomPassword: password.join("") };
}

/** In [0, 1): from a UUID, which is drawn as keys are, while `random` may be guessed. */
function draw(ids: Ids): number {
  return Number.parseInt(ids.uuid().slice(0, 8), 16) / 2 ** 32;
}
