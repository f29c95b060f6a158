/**
 * What {@link Runs} does to bits in WebAssembly, in one call for a claim and one for a release; why it is right stands there. Only
 * the roll-back of a claim is left to JavaScript, which is told how far it came.
 *
 * All words that are touched are the row's: JavaScript has compared `end` with where the row ends, and no address is read from the
 * memory. So there is nothing beyond it to be touched, whatever the words hold.
 */
import { wasmCode, type Instruction, type WasmProgram } from "@heapwright/core";
import { RUNS } from "./runs-layout.js";

/** A row is given by its address, units by their numbers; `end` is at most that of the row. */
export interface FusedRuns {
  /**
   * Takes the units from `first` up to `end`, word by word.
   * @returns `end` or more; or the first unit of a word that shows a bit taken: those before it are the caller's
   */
  claim(row: number, first: number, end: number): number;
  /** Clears the units from `first` up to `end`, counts that, and lowers the hint. @returns 1, or 0 when not all of them were taken */
  release(row: number, first: number, end: number): number;
}

const {
  above, add, and, atLeast, atomicAdd, atomicAnd, atomicLoad, casFails, give, isZero, number, or, repeat, set, shiftLeft, shiftRight, subtract, wasmFunction, when,
} = wasmCode;

const FULL = number(-1);
const HINT = RUNS.hint * 4;
const CLEARED = RUNS.cleared * 4;

const not = (value: Instruction): Instruction => subtract(FULL, value);
/** For comparisons as JavaScript makes them, by the sign: what is damaged may be below 0. */
const signed = (value: Instruction): Instruction => add(value, number(-(2 ** 31)));
const wordOf = (unit: Instruction): Instruction => shiftRight(unit, number(5));
const addressOf = (row: Instruction, unit: Instruction): Instruction => add(add(row, number(RUNS.bytes)), shiftLeft(wordOf(unit), number(2)));

/** Goes through the words of the units from `at` up to `end`. `mask` has those in the word, and `next` is the first behind it. */
function eachWord({ at, end, next, mask }: Readonly<Record<"at" | "end" | "next" | "mask", Instruction>>, ...body: readonly Instruction[]): Instruction {
  return when(above(end, at), repeat([
    set(next, add(or(at, number(31)), number(1))),
    set(mask, shiftLeft(FULL, at)),
    when(above(next, end), set(mask, and(mask, shiftRight(FULL, subtract(next, end))))),
    ...body,
    set(at, next),
  ], above(end, at)));
}

export const RUNS_PROGRAM: WasmProgram<FusedRuns> = () => ({
  claim: wasmFunction(["row", "at", "end"], { next: "i32", mask: "i32", seen: "i32" }, ({ row, at, end, next, mask, seen }) => [
    eachWord({ at, end, next, mask },
      // Success publishes that these units are ours. Failure: somebody took or cleared another bit of the word; look again.
      repeat([
        set(seen, atomicLoad(addressOf(row, at))),
        when(and(seen, mask), give(at)),
      ], casFails(addressOf(row, at), seen, or(seen, mask))),
    ),
    at,
  ]),

  release: wasmFunction(
    ["row", "first", "end"],
    { at: "i32", next: "i32", mask: "i32", clear: "i32", hint: "i32" },
    ({ row, first, end, at, next, mask, clear, hint }) => [
      set(at, first),
      eachWord({ at, end, next, mask }, set(clear, or(clear, and(mask, not(atomicAnd(addressOf(row, at), not(mask))))))),
      // after the bits; how often it was before is not asked
      set(next, atomicAdd(add(row, number(CLEARED)), number(1))),
      // Success publishes that the word has a clear bit. Failure: somebody moved the hint; see whether ours is still lower.
      repeat([
        set(hint, atomicLoad(row, HINT)),
        when(atLeast(signed(wordOf(first)), signed(hint)), give(isZero(clear))),
      ], casFails(add(row, number(HINT)), hint, wordOf(first))),
      isZero(clear),
    ],
  ),
});
