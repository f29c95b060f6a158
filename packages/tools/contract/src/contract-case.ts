/** A case is data: a sentence and a function. Whoever has a test runner binds them to it in three lines. */
import type { Context } from "./context.js";

export interface ContractCase {
  /** What it is about; the same for neighbouring cases. */
  readonly group: string;
  /** A sentence that is true of every sound heap. */
  readonly name: string;
  /** @throws when it is not; mostly a `ContractViolation` */
  run(context: Context): void;
}

/** Cases of one group, by name. */
export function casesOf(group: string, cases: Readonly<Record<string, (context: Context) => void>>): ContractCase[] {
  return Object.entries(cases).map(([name, run]) => ({ group, name, run }));
}
