/**
 * The one error for everything that is wrong with a trace, whether it comes from a file, a log or a builder.
 */

/**
 * - `not-a-trace`: the beginning is not that of such a file.
 * - `newer-version`: written by a later version of this package.
 * - `truncated`: it ends early.
 * - `inconsistent`: it is whole, but what it says cannot be.
 */
export type TraceFault = "not-a-trace" | "newer-version" | "truncated" | "inconsistent";

export class TraceFormatError extends Error {
  override readonly name = "TraceFormatError";
  readonly fault: TraceFault;

  constructor(fault: TraceFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}
