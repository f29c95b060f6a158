/**
 * What a {@link BoehmStack} does in WebAssembly, in one call each; why it is right stands there. A pop looks at one slot of the list.
 * If that is taken, it leaves the rest to JavaScript, which may sleep.
 */
import { wasmCode, type WasmProgram } from "@heapwright/core";

/** Words are given by their indices. */
export interface FusedBoehmStack {
  /** @param link word of the node, within the memory @returns nothing that matters */
  push(head: number, node: number, link: number, list: number, listEnd: number, variants: number): number;
  /** @returns the node, 0 when there was none, or {@link UNDONE} */
  pop(head: number, slot: number, threadId: number, addressMask: number, linkOffset: number): number;
}

/** No node's address: the slot is taken, or the node lies beyond the memory as the engine knows it. Nothing has been done. */
export const UNDONE = 1;

const { add, and, atomicLoad, atomicStore, casFails, differ, equal, give, isBeyond, isZero, load, multiply, number, repeat, set, store, subtract, wasmFunction, when } = wasmCode;

/** Bytes from a slot's holder to its value, and from one slot to the next. */
const VALUE = 4;
const SLOT = number(8);
const NOTHING = number(0);

export const BOEHM_STACK_PROGRAM: WasmProgram<FusedBoehmStack> = () => ({
  push: wasmFunction(
    ["head", "node", "link", "list", "listEnd", "variants"],
    { below: "i32", value: "i32", slot: "i32" },
    ({ head, node, link, list, listEnd, variants, below, value, slot }) => [
      set(head, multiply(head, number(4))),
      set(link, multiply(link, number(4))),
      set(list, subtract(multiply(list, number(4)), SLOT)),
      set(listEnd, subtract(multiply(listEnd, number(4)), SLOT)),
      // Success publishes the node and its link. Failure: another thread was quicker; the link is still ours to write.
      repeat([
        set(below, atomicLoad(head)),
        store(link, below),
        set(value, node),
        set(slot, list),
        repeat([
          set(slot, add(slot, SLOT)),
          // listed: the next variant, and all of the list again
          when(equal(atomicLoad(slot, VALUE), value),
            set(value, add(node, and(add(subtract(value, node), number(1)), subtract(variants, number(1))))),
            set(slot, list)),
        ], differ(slot, listEnd)),
      ], casFails(head, below, value)),
      NOTHING,
    ],
  ),

  pop: wasmFunction(
    ["head", "slot", "threadId", "addressMask", "linkOffset"],
    { value: "i32", node: "i32", link: "i32" },
    ({ head, slot, threadId, addressMask, linkOffset, value, node, link }) => {
      const giveSlot = [atomicStore(slot, NOTHING, VALUE), atomicStore(slot, NOTHING)];
      return [
        set(head, multiply(head, number(4))),
        set(slot, multiply(slot, number(4))),
        when(isZero(atomicLoad(head)), give(NOTHING)),
        // Success makes the slot ours. Failure: another thread is inside pop, or died there.
        when(casFails(slot, NOTHING, threadId), give(number(UNDONE))),
        // Success makes the node ours. Failure: somebody pushed or popped since the value was listed.
        repeat([
          // until it has been listed while it was on top
          repeat([
            set(value, atomicLoad(head)),
            atomicStore(slot, value, VALUE),
            when(isZero(value), ...giveSlot, give(NOTHING)),
          ], differ(atomicLoad(head), value)),
          set(node, and(value, addressMask)),
          set(link, and(add(node, linkOffset), number(-4))),
          when(isBeyond(link), ...giveSlot, give(number(UNDONE))),
        ], casFails(head, value, load(link))),
        ...giveSlot,
        node,
      ];
    },
  ),
});
