/** A policy that AWS would not take; the message is AWS's, without the parameter's name. */
export class BadPolicy extends Error {
  /** AWS names the attribute before all but one of the texts. */
  readonly aboutAttribute: boolean;
  constructor(message: string, aboutAttribute = true) {
    super(message);
    this.aboutAttribute = aboutAttribute;
  }
}
