/** How promises of progress compose: a chain of layers keeps the weakest. */
import type { Progress } from "./api.js";

const WEAKEST_FIRST: readonly Progress[] = ["single-threaded", "blocking", "almost-lock-free", "lock-free"];

/** The weakest of several promises. Without any: `lock-free`, the promise of code that touches nothing shared. */
export function weakest(...promises: readonly Progress[]): Progress {
  return WEAKEST_FIRST.find((level) => promises.includes(level)) ?? "lock-free";
}
