/** An event pattern that cannot be used; `message` is the reason in AWS's words, with the place where they name it. */
export class InvalidPattern extends Error {
  override readonly name = "InvalidPattern";
}
