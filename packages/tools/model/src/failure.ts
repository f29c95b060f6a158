/** An execution that went wrong, in a form to be read, kept and run again. */
import type { Turn } from "./schedule.js";
import { formatSchedule } from "./schedule.js";
import type { ViolationKind } from "./violation.js";

export class ModelFailure extends Error {
  override readonly name = "ModelFailure";
  /** For `replay`: which thread takes how many steps. */
  readonly schedule: string;

  constructor(
    readonly scenario: string,
    readonly kind: ViolationKind,
    /** What went wrong. */
    readonly found: string,
    turns: readonly Turn[],
    /** The steps of the execution, as text. */
    readonly table: string,
    options?: ErrorOptions,
  ) {
    super(`${scenario}: ${kind}: ${found}\nschedule ${formatSchedule(turns)}\n${table}`, options);
    this.schedule = formatSchedule(turns);
  }
}
