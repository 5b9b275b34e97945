/** Something in an app that only the person who wrote it can mend: the config, or a function's source. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}
