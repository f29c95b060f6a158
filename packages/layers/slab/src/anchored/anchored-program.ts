/**
 * The short ways of malloc and free of anchored slabs in WebAssembly, in one call each: a credit and a pop, and a push. What they do
 * and why it is right stands in anchored-heaps.ts and block-finder.ts; the anchor is read whole here, which is one of the orders
 * that anchor.ts allows, and its tag is one number. All that is rare is left to those: the last credit, a superblock whose state
 * changes, whatever looks wrong.
 */
import { wasmCode, type WasmProgram } from "@heapwright/core";
import { ANCHOR, AVAIL, FULL, ONE_BLOCK } from "./anchor.js";
import { BLOCK_PLACE, BLOCK_PREFIX, FIRST_PREFIX, LIVE, PREFIX_BYTES } from "./block-prefix.js";
import { CREDITS, DESCRIPTOR } from "./descriptor.js";
import { HYPERBLOCK, HYPERBLOCK_SHIFT, LAST_SLOT, SLOT_SHIFT } from "./hyperblock.js";

export interface FusedAnchors {
  /**
   * A block of the superblock that the Active word at this address names.
   * @returns its user's address; 0 when nothing has been done, since there is no credit but perhaps the last one; or the descriptor's
   *   address with {@link RESERVED}
   */
  take(active: number): number;
  /**
   * Frees the block whose user has `address`, any 32 bits, if that is simple.
   * @param hyperblocks address of the first hyperblock's words, and how many there are
   * @returns 1, or 0 when nothing has been done
   */
  give(address: number, hyperblocks: number, hyperblockCount: number): number;
}

/** A block of the superblock is reserved for the caller, who is to pop it himself; others are left in Active. */
export const RESERVED = 1;

const {
  above, add, and, atLeast, atomicLoad, casFails, differ, equal, give, isBeyond, isZero, load, low, multiply, number, or, repeat, set, shiftRight, store, subtract,
  wasmFunction, when, wide, wideAdd, wideAnd, wideAtomicLoad, wideCasFails, wideOr, widened,
} = wasmCode;

const SUPERBLOCK = DESCRIPTOR.superblock * 4;
const BLOCK_BYTES = DESCRIPTOR.blockBytes * 4;
const MAXCOUNT = DESCRIPTOR.maxcount * 4;
const PLACE = BLOCK_PREFIX.place * 4;
const ONE_POP = 1 << ANCHOR.tag.shift;

export const ANCHORED_PROGRAM: WasmProgram<FusedAnchors> = () => ({
  take: wasmFunction(
    ["active"],
    { credits: "i32", descriptor: "i32", anchor: "i64", start: "i32", next: "i32" },
    ({ active, credits, descriptor, anchor, start, next }) => {
      const avail = and(low(anchor), number(AVAIL));
      return [
        // Success reserves a block for us. Failure: another thread took or brought credits; look again.
        repeat([
          set(credits, atomicLoad(active)),
          when(isZero(and(credits, number(CREDITS))), give(number(0))),
          set(descriptor, and(credits, number(~CREDITS))),
          when(isBeyond(descriptor), give(number(0))),
        ], casFails(active, credits, subtract(credits, number(1)))),
        // Success makes the block ours. Failure: blocks were popped or pushed.
        repeat([
          set(anchor, wideAtomicLoad(descriptor)),
          set(start, add(add(load(descriptor, SUPERBLOCK), number(FIRST_PREFIX)), multiply(avail, load(descriptor, BLOCK_BYTES)))),
          when(isBeyond(start), give(or(descriptor, number(RESERVED)))),
          set(next, load(start)),
          when(above(next, load(descriptor, MAXCOUNT)), give(or(descriptor, number(RESERVED)))),
        ], wideCasFails(descriptor, anchor, wideAdd(wideOr(wideAnd(anchor, wide(~AVAIL)), widened(next)), wide(ONE_POP)))),
        // LIVE last
        store(start, avail, PLACE),
        store(start, or(descriptor, number(LIVE))),
        add(start, number(PREFIX_BYTES)),
      ];
    },
  ),

  give: wasmFunction(
    ["address", "hyperblocks", "hyperblockCount"],
    { hyperblock: "i32", table: "i32", descriptor: "i32", prefix: "i32", index: "i32", anchor: "i64" },
    ({ address, hyperblocks, hyperblockCount, hyperblock, table, descriptor, prefix, index, anchor }) => {
      const slot = and(shiftRight(address, number(SLOT_SHIFT)), number(LAST_SLOT));
      const maxcount = load(descriptor, MAXCOUNT);
      const state = and(shiftRight(low(anchor), number(ANCHOR.state.shift)), number(ANCHOR.state.maximum));
      const count = and(shiftRight(low(anchor), number(ANCHOR.count.shift)), number(ANCHOR.count.maximum));
      return [
        // which superblock is there
        set(hyperblock, shiftRight(address, number(HYPERBLOCK_SHIFT))),
        when(or(atLeast(hyperblock, hyperblockCount), isBeyond(address)), give(number(0))),
        set(table, load(add(hyperblocks, multiply(hyperblock, number(HYPERBLOCK.bytes))), HYPERBLOCK.table * 4)),
        when(or(isZero(table), isBeyond(table)), give(number(0))),
        set(descriptor, load(add(table, multiply(slot, number(4))))),
        when(or(isZero(descriptor), isBeyond(descriptor)), give(number(0))),
        // whether the prefix is that of a live block which starts there; then the address is aligned too
        set(prefix, subtract(address, number(PREFIX_BYTES))),
        set(index, and(load(prefix, PLACE), number(BLOCK_PLACE.index.maximum))),
        when(or(or(
          differ(load(prefix), or(descriptor, number(LIVE))),
          atLeast(index, maxcount)),
          differ(add(multiply(index, load(descriptor, BLOCK_BYTES)), number(FIRST_PREFIX + PREFIX_BYTES)), subtract(address, load(descriptor, SUPERBLOCK)))),
          give(number(0))),
        // Success publishes the block as free. Failure: others popped or pushed.
        repeat([
          set(anchor, wideAtomicLoad(descriptor)),
          when(or(equal(state, number(FULL)), equal(add(count, number(1)), maxcount)),
            // of an earlier round the prefix is a link; it is still ours
            store(prefix, or(descriptor, number(LIVE))),
            give(number(0))),
          store(prefix, and(low(anchor), number(AVAIL))),
        ], wideCasFails(descriptor, anchor, wideOr(wideAdd(wideAnd(anchor, wide(~AVAIL)), wide(ONE_BLOCK)), widened(index)))),
        number(1),
      ];
    },
  ),
});
