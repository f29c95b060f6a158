/**
 * What is explored: a memory in its first state, a few threads, and what must be true whatever they do to each other.
 * Functions of a scenario are called over and over. They must do the same each time, so what a thread's function needs
 * it makes itself or gets from `join`.
 */
import type { Memory } from "@heapwright/core";
import type { Specification } from "./specification.js";
import type { WordNames } from "./word-names.js";

/** A thread, as its own function sees it. */
export interface Actor {
  /** Number of the thread, from 0; the observer has the last. */
  readonly index: number;
  readonly memory: Memory;
  /**
   * Does something that the specification knows about. Not to be nested.
   * @param work the call itself
   * @returns its result
   */
  perform<T>(name: string, argument: unknown, work: () => T): T;
}

/** What a scenario's end is told. */
export interface Outcome<Thing> extends Actor {
  /** Per thread what its function returned, undefined if it was killed. */
  readonly results: readonly unknown[];
  /** Per thread the thing it worked through, usable again. */
  readonly things: readonly Thing[];
  /** Numbers of the threads that were killed. */
  readonly dead: readonly number[];
}

export interface Scenario<Thing> {
  readonly name: string;
  readonly memory?: {
    /** Length of the buffer when `start` is called. Default: one page of 64 KiB. */
    readonly initialBytes?: number;
    /** Length it may grow to. Default: `initialBytes`. */
    readonly maximumBytes?: number;
    /** Default "may sleep". */
    readonly sleeps?: "may sleep" | "never sleeps";
  };
  /** Brings the memory, which is zeroed, into the first state, once. @returns what the observer works through, before and afterwards */
  start(memory: Memory, names: WordNames): Thing;
  /** What thread `index` works through. Called once a thread, before any of them begins. */
  join(memory: Memory, index: number): Thing;
  /** One to five of them. */
  readonly threads: readonly ((thing: Thing, actor: Actor) => unknown)[];
  /**
   * One more thread, of the number behind the others, which begins once a thread has been killed, while the others go on.
   * @param dead numbers of the threads that had been killed when it began
   */
  rescuer?(thing: Thing, actor: Actor, dead: readonly number[]): unknown;
  /** Called when all threads are over, with the observer's thing. What it changes is undone. @throws when something is wrong */
  end?(thing: Thing, outcome: Outcome<Thing>): void;
  /**
   * Called wherever no thread is inside an operation that it performs, also halfway through an execution, with the
   * observer's thing. What it changes is undone. Exhaustive searches only. @throws when something is wrong
   */
  quiescent?(thing: Thing): void;
  /**
   * Whether threads race for word `w` by design, plainly and otherwise, and say why that is right. Such words are not
   * watched for data races. Reads that race by design need no such excuse: they are `racyLoad`s.
   */
  isRacedFor?(thing: Thing, w: number): boolean;
  /** What the operations that threads and `end` perform must look like, in some order that their times allow. */
  readonly specification?: Specification<unknown> | undefined;
}

