/**
 * What is compared: allocators that JavaScript calls, each opened in a process of its own, and native ones, which a C program
 * with the same workloads calls.
 */
import type { Arena } from "../workloads/arena.js";

/**
 * - `preset`: one of ours
 * - `native`: malloc of C, in C
 * - `peer`: an allocator of others, called from JavaScript
 * - `floor`: no allocator at all, to see what the workload itself costs
 */
type ContenderKind = "preset" | "native" | "peer" | "floor";

/** What the runner knows of every contender. */
export interface Contender {
  readonly name: string;
  readonly kind: ContenderKind;
  /** How many threads may use it. */
  readonly maximumThreads: number;
  /** Whether blocks keep what is written into them, so that sums tell whether it was right. */
  readonly keepsContents: boolean;
}

/** An allocator in the thread that opened it. */
export interface OpenArena {
  readonly arena: Arena;
  /** What the other threads get, by structured clone, to join. */
  readonly handle: unknown;
  /** The most memory it has taken from its system so far, in bytes; undefined when it has a fixed amount. */
  mappedBytes(): number | undefined;
  /** Bytes it spends on bookkeeping now; undefined when it does not tell. */
  metadataBytes?(): number;
  /** When nothing lives and the other threads have left. @throws when the allocator is found damaged */
  close(): void;
}

export interface JoinedArena {
  readonly arena: Arena;
  leave(): void;
}

export interface JsContender extends Contender {
  /** @param file the compiled module, for contenders that are one */
  open(file: string | undefined): Promise<OpenArena>;
  /** @param thread from 1 */
  join(handle: unknown, thread: number): JoinedArena;
}

/** For contenders of which `maximumThreads` is 1. */
export function cannotJoin(): never {
  throw new Error("this allocator serves one thread");
}
