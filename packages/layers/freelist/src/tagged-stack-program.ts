/**
 * What a {@link TaggedStack} does in WebAssembly, in one call each; why it is right stands there. Only that the pair is read whole
 * here, tag and top at once, which is one of the orders allowed. The loops are there by themselves too, for programs of which a push or
 * a pop is a part.
 */
import { wasmCode, type Instruction, type WasmProgram } from "@heapwright/core";

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

/** Variables of a function: all are its own, of 32 bits but for `pair` of 64. `head` is the address of the stack's. */
export interface TaggedStackVariables {
  readonly head: Instruction;
  readonly pair: Instruction;
  readonly top: Instruction;
  readonly link: Instruction;
}

/** Pushes the nodes from `first` to the one whose link word is at the address `link`, within the memory. */
export function taggedPush(first: Instruction, { head, pair, link }: Omit<TaggedStackVariables, "top">): Instruction {
  // Success publishes the nodes and their links. Failure: another thread was quicker; the links are still ours to write.
  return repeat([
    set(pair, wideAtomicLoad(head)),
    store(link, low(pair)),
  ], wideCasFails(head, pair, pairOf(first, high(pair))));
}

/**
 * Pops the node `top`, whose link word is at the address `link` then; or ends the function.
 * @param none how it ends with `top` 0, where there is no node, or 1, which can only be there by damage
 * @param beyond how it ends where the node lies beyond the memory as the engine knows it
 */
export function taggedPop(linkOffset: Instruction, { head, pair, top, link }: TaggedStackVariables, none: Instruction, beyond: Instruction): Instruction {
  // Success makes the node ours. Failure: somebody popped, or pushed, since the pair was read.
  return repeat([
    set(pair, wideAtomicLoad(head)),
    set(top, low(pair)),
    when(atLeast(number(UNDONE), top), none),
    set(link, and(add(top, linkOffset), number(-4))),
    when(isBeyond(link), beyond),
  ], wideCasFails(head, pair, pairOf(load(link), add(high(pair), number(1)))));
}

export const TAGGED_STACK_PROGRAM: WasmProgram<FusedTaggedStack> = () => ({
  push: wasmFunction(["head", "first", "link"], { pair: "i64" }, ({ head, first, link, pair }) => [
    set(head, multiply(head, number(4))),
    set(link, multiply(link, number(4))),
    taggedPush(first, { head, pair, link }),
    number(0),
  ]),

  pop: wasmFunction(["head", "linkOffset"], { pair: "i64", top: "i32", link: "i32" }, ({ head, linkOffset, pair, top, link }) => [
    set(head, multiply(head, number(4))),
    // a top of 1 is left to JavaScript, as it is what UNDONE is
    taggedPop(linkOffset, { head, pair, top, link }, give(top), give(number(UNDONE))),
    top,
  ]),
});
