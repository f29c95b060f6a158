/**
 * Stops a thread before any access to shared memory that one likes, for ever. Threads that run one after the other in
 * one real thread, each with an attachment of its own, are all that is needed for that: who is stopped is left as it is,
 * and another one goes on.
 */
import type { Memory } from "@heapwright/core";

class Stopped extends Error {}

const ATOMICS = ["load", "store", "cas", "cas2", "add", "exchange", "or", "and", "racyLoad", "wait"] as const;
const ALL_METHODS = [...ATOMICS, "fill", "copy"] as const;
type Method = (typeof ALL_METHODS)[number];

/** Which accesses count: only those that other threads can wait for, or the plain ones of words and of ranges, too. */
export type Steps = "atomics" | "all words";

export interface Outcome {
  /** Accesses until the end, or until it was stopped. */
  readonly steps: number;
  readonly stopped: boolean;
}

/**
 * Runs `operation` with the accesses of `memory` counted, and stops it before access number `limit`, counted from 0. It
 * never sleeps: a wait is an access that returns at once.
 * @param memory of the attachment that `operation` uses; if it was stopped, that can do nothing more until this returns
 */
export function runSteps(memory: Memory, limit: number, counted: Steps, operation: () => void): Outcome {
  const steps = new StepCount(limit);
  const methods: readonly Method[] = counted === "all words" ? ALL_METHODS : ATOMICS;
  for (const name of methods) Object.defineProperty(memory, name, { value: steps.counting(memory, name), configurable: true });
  const restore = counted === "all words" ? watchWords(memory, steps) : undefined;
  try {
    operation();
    return { steps: steps.taken, stopped: false };
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    return { steps: steps.taken, stopped: true };
  } finally {
    restore?.();
    for (const name of methods) Reflect.deleteProperty(memory, name); // what the class has shows again
  }
}

class StepCount {
  taken = 0;
  /** While a method of the memory is under way, whose parts are no steps of their own. */
  inside = false;

  constructor(private readonly limit: number) {}

  take(): void {
    if (this.taken >= this.limit) throw new Stopped(); // again and again, so that no `finally` gets anything done
    this.taken += 1;
  }

  counting(memory: Memory, name: Method): (...operands: number[]) => unknown {
    const access: (...operands: number[]) => unknown = memory[name].bind(memory);
    return (...operands) => {
      this.take();
      if (name === "wait") return undefined;
      this.inside = true;
      try {
        return access(...operands);
      } finally {
        this.inside = false;
      }
    };
  }
}

/** @returns what puts the plain view back */
function watchWords(memory: Memory, steps: StepCount): () => void {
  let view = memory.i32;
  let watched = watch(view, steps);
  const set = (longer: Int32Array): void => {
    view = longer;
    watched = watch(longer, steps);
  };
  Object.defineProperty(memory, "i32", { configurable: true, enumerable: true, get: () => (steps.inside ? view : watched), set });
  return () => Object.defineProperty(memory, "i32", { value: view, writable: true, configurable: true, enumerable: true });
}

function watch(view: Int32Array, steps: StepCount): Int32Array {
  return new Proxy(view, {
    get(target, key): unknown {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value === "function") return (value as (...all: unknown[]) => unknown).bind(target);
      if (typeof key === "string" && /^\d/.test(key)) steps.take();
      return value;
    },
    set(target, key, value: number) {
      steps.take();
      return Reflect.set(target, key, value, target);
    },
  });
}
