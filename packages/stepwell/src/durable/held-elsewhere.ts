/** Another node holds the execution: what was to be decided has to go through its inbox. */
export class HeldElsewhere extends Error {
  override readonly name = "HeldElsewhere";
}
