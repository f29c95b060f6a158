/** What an execution did that it must not do, before it is known how to show it. */
export type ViolationKind =
  | "thrown"
  | "stale view"
  | "deadlock"
  | "livelock"
  | "data race"
  | "not linearizable"
  | "wrong in the end"
  | "wrong in between"
  | "held up";

export class Violation extends Error {
  override readonly name = "Violation";

  /** @param steps indices of the steps that matter most, for the table */
  constructor(
    readonly kind: ViolationKind,
    message: string,
    readonly steps: readonly number[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
