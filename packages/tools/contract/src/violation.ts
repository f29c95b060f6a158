/** How a case fails. Independent of any test runner, so that the same cases run under all of them and under none. */

/** A heap did something that the contract forbids. The message says what it did and what was due. */
export class ContractViolation extends Error {
  override readonly name = "ContractViolation";
}

/** What {@link demandThrow} expects: the class of the error. */
export type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;

/** @param message as text, or made only on failure where a loop would otherwise build thousands */
export function demand(condition: unknown, message: string | (() => string)): asserts condition {
  if (!condition) throw new ContractViolation(typeof message === "string" ? message : message());
}

export function demandEqual<T>(actual: T, expected: T, what: string): void {
  if (!Object.is(actual, expected)) throw new ContractViolation(`${what}: ${show(actual)} instead of ${show(expected)}`);
}

/** @returns the error that `action` threw, which is of class `kind` */
export function demandThrow<E extends Error>(kind: ErrorClass<E>, action: () => unknown, what: string): E {
  let result: unknown;
  try {
    result = action();
  } catch (error) {
    if (error instanceof kind) return error;
    throw new ContractViolation(`${what} threw ${show(error)} instead of ${kind.name}`, { cause: error });
  }
  throw new ContractViolation(`${what} gave ${show(result)} instead of throwing ${kind.name}`);
}

/** Any value in a few words; never throws, whatever it is. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  // an error of another realm, as that of a script that took too long, is no instance of this one's
  if (typeof value === "object" && value !== null && "message" in value) return String(value.message);
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? `[${value.map(show).join(", ")}]` : `{${Object.keys(value).join(", ")}}`;
  return Object.is(value, -0) ? "-0" : String(value);
}
