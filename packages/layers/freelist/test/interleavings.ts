/**
 * Runs one operation of a thread with operations of another one put in between its accesses to shared memory, at every
 * two places there are, and asks each time whether the results are those of some sequence: whether the operation took
 * effect at one moment. Both threads live in one process, each with its own attachment to the memory; the first one's
 * is made to call the second one's operations.
 */
import type { Memory } from "@heapwright/core";

const ACCESSES = ["load", "store", "cas", "cas2", "add", "exchange", "or", "and", "racyLoad"] as const;

/** Thrown into an operation in place of an access: no code of a killed thread runs any more. */
class Killed extends Error {}

/** From now on, calls the intruders before the accesses of this memory that have their numbers, counted from 0. */
export function intrude(memory: Memory, intruders: ReadonlyMap<number, () => void>): void {
  let count = 0;
  for (const name of ACCESSES) {
    const access = (Object.getPrototypeOf(memory) as Record<string, (...words: number[]) => unknown>)[name];
    Object.assign(memory, {
      [name]: (...words: number[]) => {
        intruders.get(count++)?.();
        return access.apply(memory, words);
      },
    });
  }
}

/** An operation on the real thing, and what it should be: the same on a plain model. Both answer with what they took, or 0. */
export interface Operation<Real, Model> {
  readonly name: string;
  real(thing: Real): number;
  model(thing: Model): number;
}

/** A thing under test, put into its first state, with the views of two threads. */
export interface Setting<Real, Model> {
  readonly memory: Memory;
  readonly first: Real;
  readonly second: Real;
  /** The model of that state, new for each call. */
  model(): { readonly first: Model; readonly second: Model };
  /** Everything that is left in the end, in order. */
  rest(thing: Real): readonly number[];
  restOfModel(thing: Model): readonly number[];
}

/** All sequences of 1 to `length` of the operations. */
export function scripts<T>(operations: readonly T[], length: number): T[][] {
  if (length === 0) return [];
  const shorter = scripts(operations, length - 1);
  const longest = length === 1 ? [[]] : shorter.filter((script) => script.length === length - 1);
  return [...shorter, ...longest.flatMap((script) => operations.map((operation) => [...script, operation]))];
}

/**
 * Runs `operation` in the first thread and `script` in the second, split in two at every place, the parts before every
 * two accesses.
 * @returns how many runs there were, and a description of those whose results no sequence explains
 */
function interleave<Real, Model>(
  setting: () => Setting<Real, Model>,
  operation: Operation<Real, Model>,
  script: readonly Operation<Real, Model>[],
): { runs: number; wrong: string[] } {
  const wrong: string[] = [];
  let runs = 0;
  for (let split = 1; split <= script.length; split++) {
    let happened = split;
    for (let early = 0; happened >= split; early++) {
      for (let late = early + 1; ; late++) {
        const outcome = run(setting(), operation, script, split, early, late);
        happened = outcome.happened;
        if (happened < script.length) break;
        runs++;
        const names = script.map(({ name }) => name).join(", ");
        if (!outcome.explained) wrong.push(`${operation.name} with ${names}: ${split} before access ${early}, others before ${late}`);
        if (split === script.length) break;
      }
    }
  }
  return { runs, wrong };
}

/** Adds up {@link interleave} over many scripts. */
export function interleaveAll<Real, Model>(
  setting: () => Setting<Real, Model>,
  operation: Operation<Real, Model>,
  all: readonly (readonly Operation<Real, Model>[])[],
): { runs: number; wrong: string[] } {
  const outcomes = all.map((script) => interleave(setting, operation, script));
  return { runs: outcomes.reduce((sum, { runs }) => sum + runs, 0), wrong: outcomes.flatMap(({ wrong }) => wrong) };
}

function run<Real, Model>(
  setting: Setting<Real, Model>,
  operation: Operation<Real, Model>,
  script: readonly Operation<Real, Model>[],
  split: number,
  early: number,
  late: number,
): { happened: number; explained: boolean } {
  const results: number[] = [];
  const play = (part: readonly Operation<Real, Model>[]): void => part.forEach(({ real }) => results.push(real(setting.second)));
  const intruders = new Map([[early, () => play(script.slice(0, split))]]);
  if (split < script.length) intruders.set(late, () => play(script.slice(split)));
  intrude(setting.memory, intruders);
  const result = operation.real(setting.first);
  intrude(setting.memory, new Map());
  const found = JSON.stringify([result, results, restOf(setting)]);
  return { happened: results.length, explained: outcomes(setting, operation, script).includes(found) };
}

/** What is left, or that it is broken, which no sequence explains. */
function restOf<Real, Model>({ rest, second }: Setting<Real, Model>): readonly number[] | string {
  try {
    return rest(second);
  } catch (error) {
    return String(error);
  }
}

/** What may come out: the operation before, between or after those of the script. */
function outcomes<Real, Model>(
  setting: Setting<Real, Model>,
  operation: Operation<Real, Model>,
  script: readonly Operation<Real, Model>[],
): string[] {
  return Array.from({ length: script.length + 1 }, (_, place) => {
    const { first, second } = setting.model();
    const before = script.slice(0, place).map(({ model }) => model(second));
    const result = operation.model(first);
    const after = script.slice(place).map(({ model }) => model(second));
    return JSON.stringify([result, [...before, ...after], setting.restOfModel(second)]);
  });
}

/** Kills the thread of this memory before access `at` of what it does. @returns whether it came so far */
export function killedAt(memory: Memory, at: number, work: () => void): boolean {
  intrude(memory, new Map([[at, () => { throw new Killed(); }]]));
  try {
    work();
    return false;
  } catch (error) {
    if (error instanceof Killed) return true;
    throw error;
  } finally {
    intrude(memory, new Map());
  }
}
