/**
 * The kinds of steps a simulated thread takes: one number each, so that a trace of them is an array of bytes. What the
 * explorer has to know of a kind is whether it may change the word, and whether it is a plain access.
 */

export const LOAD = 0;
export const STORE = 1;
export const CAS = 2;
export const CAS2 = 3;
export const ADD = 4;
export const EXCHANGE = 5;
export const OR = 6;
export const AND = 7;
export const RACY_LOAD = 8;
export const PLAIN_READ = 9;
export const PLAIN_WRITE = 10;
export const REACH = 11;
export const GROW = 12;
export const WAIT = 13;
export const WAKE = 14;
export const NOTIFY = 15;
export const DEATH = 16;
export const CENSUS = 17;

export const KIND_NAMES = [
  "load", "store", "cas", "cas2", "add", "exchange", "or", "and", "racyLoad", "read", "write", "reach", "grow", "wait", "wake", "notify", "killed", "who is dead",
] as const;

/** By kind: whether such a step may change the words it names. */
const WRITES = [STORE, CAS, CAS2, ADD, EXCHANGE, OR, AND, PLAIN_WRITE, GROW];
const IS_WRITE = Uint8Array.from(KIND_NAMES, (_, kind) => Number(WRITES.includes(kind)));

export function mayWrite(kind: number): boolean {
  return IS_WRITE[kind] === 1;
}

/** Whether a step that looks again at a word it has just seen tells the thread nothing new: such threads wait for others. */
export function isLook(kind: number): boolean {
  return kind === LOAD || kind === RACY_LOAD || kind === CAS || kind === CAS2 || kind === WAIT || kind === WAKE;
}

/** Whether a step does not concern a word of the memory. */
export function isAboutThreads(kind: number): boolean {
  return kind >= REACH;
}
