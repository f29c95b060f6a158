/**
 * How a value that a user gave is named in an error. What is refused may be anything, also an object that throws when it
 * is made a string; so objects are named by their type, and none of their code is run.
 */
export function showValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if ((typeof value === "object" && value !== null) || typeof value === "function") return `a value of type ${typeof value}`;
  return typeof value === "bigint" ? `${value}n` : String(value);
}
