/**
 * What a {@link TaggedStack} does in WebAssembly, in one call each; why it is right stands there. Only that the pair is read whole
 * here, tag and top at once, which is one of the orders allowed.
 */
import { wasmCode, type WasmProgram } from "@heapwright/core";

/** Words are given by their indices. */
export interface FusedTaggedStack {
  /** @param link word of the last node, within the memory @returns nothing that matters */
  push(head: number, first: number, link: number): number;
  /** @returns the node, 0 when there was none, or {@link UNDONE} */
  pop(head: number, linkOffset: number): number;
}

/** No node's address: the node on top lies beyond the memory as the engine knows it, and nothing has been done. */
export const UNDONE = 1;

const { add, and, atLeast, give, high, isBeyond, load, low, multiply, number, pairOf, repeat, set, store, wasmFunction, when, wideAtomicLoad, wideCasFails } = wasmCode;

export const TAGGED_STACK_PROGRAM: WasmProgram<FusedTaggedStack> = () => ({
  push: wasmFunction(["head", "first", "link"], { pair: "i64" }, ({ head, first, link, pair }) => [
    set(head, multiply(head, number(4))),
    set(link, multiply(link, number(4))),
    // Success publishes the nodes and their links. Failure: another thread was quicker; the links are still ours to write.
    repeat([
      set(pair, wideAtomicLoad(head)),
      store(link, low(pair)),
    ], wideCasFails(head, pair, pairOf(first, high(pair)))),
    number(0),
  ]),

  pop: wasmFunction(["head", "linkOffset"], { pair: "i64", top: "i32", link: "i32" }, ({ head, linkOffset, pair, top, link }) => [
    set(head, multiply(head, number(4))),
    // Success makes the node ours. Failure: somebody popped, or pushed, since the pair was read.
    repeat([
      set(pair, wideAtomicLoad(head)),
      set(top, low(pair)),
      // 0: empty. 1 can only be there by damage, and is left to JavaScript as it is what UNDONE is
      when(atLeast(number(UNDONE), top), give(top)),
      set(link, and(add(top, linkOffset), number(-4))),
      when(isBeyond(link), give(number(UNDONE))),
    ], wideCasFails(head, pair, pairOf(load(link), add(high(pair), number(1))))),
    top,
  ]),
});
