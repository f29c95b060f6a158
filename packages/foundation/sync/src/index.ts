export { Backoff, LONGEST_PAUSE } from "./backoff.js";
export { FutexLock } from "./futex-lock.js";
export type { Lock } from "./lock.js";
export { LOCK } from "./lock-word.js";
export { SpinLock } from "./spin-lock.js";
