/** Runs the contract without a test runner. */
import { Context, DEFAULT_SETTINGS, type ContractSettings } from "./context.js";
import type { ContractCase } from "./contract-case.js";
import { CONTRACT_CASES } from "./contract-cases.js";
import type { Subject } from "./subject.js";
import { show } from "./violation.js";

/** A case that a subject did not pass. */
export interface Failure {
  readonly group: string;
  readonly name: string;
  readonly message: string;
}

/** What came of a run. */
export interface Report {
  readonly subject: string;
  readonly passed: number;
  readonly failures: readonly Failure[];
}

/** Runs one case and all that is due after it. @throws when the subject does not pass it */
export function runCase(one: ContractCase, subject: Subject, settings: Partial<ContractSettings> = {}): void {
  const context = new Context(subject, { ...DEFAULT_SETTINGS, ...settings });
  one.run(context);
  context.finish();
}

/**
 * Runs all cases of the contract.
 * @param subject one of `subjectsOf(preset)`
 * @param settings.cases other cases than all of them
 */
export function runContract(subject: Subject, settings: Partial<ContractSettings> & { readonly cases?: readonly ContractCase[] } = {}): Report {
  const failures: Failure[] = [];
  const cases = settings.cases ?? CONTRACT_CASES;
  for (const one of cases) {
    try {
      runCase(one, subject, settings);
    } catch (error) {
      failures.push({ group: one.group, name: one.name, message: show(error) });
    }
  }
  return { subject: subject.name, passed: cases.length - failures.length, failures };
}
