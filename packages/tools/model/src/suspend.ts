/**
 * What is thrown through a thread's code to stop it at an access: synchronous JavaScript has no other way to stand still.
 * Thrown again at every further access of the same run, so that code which runs on the way out (a `finally`) or which
 * catches everything has no effect.
 */
export const SUSPEND: Error = Object.freeze(new Error("a simulated thread stands still: let this pass"));
