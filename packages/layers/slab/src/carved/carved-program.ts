/**
 * The usual malloc and free of carved chunks in WebAssembly, in one call each: a pop and the header, and a look at page map and header
 * and a push. What they do and why it is right stands in stacked-blocks.ts, and in tagged-stack.ts of freelist. All else is left to
 * those: a stack that is empty, an address that was moved up in its block, whatever looks wrong. Nothing has been done then.
 *
 * Where the words of a heap lie is part of its program.
 */
import { PAGE_BYTES, PAGE_NOTE, wasmCode, type Instruction, type PageMap, type WasmProgram } from "@heapwright/core";
import { TAGGED_STACK, taggedPop, taggedPush, type Stack } from "@heapwright/freelist";
import { BLOCK_HEADER, HEADER_BYTES, liveHeader } from "../stacked/block-header.js";
import { CLASS_COUNT, FIRST_PAYLOAD, LARGEST_REQUEST, SMALLEST_LOG2 } from "./chunk-geometry.js";

export interface FusedChunks {
  /** A block of at least so many bytes, any 32 bits: its payload's address; 0 when nothing has been done. */
  take(bytes: number): number;
  /** Frees the block whose payload is at `address`, any 32 bits, if that is simple. @returns 1, or 0 when nothing has been done */
  give(address: number): number;
}

/** Where a heap's words lie, in bytes. */
export interface CarvedPlaces {
  /** Heads of the classes' stacks, one behind the other. */
  readonly stacks: number;
  /** The note of page 0, the distance from one to the next, and how many there are. */
  readonly notes: number;
  readonly noteBytes: number;
  readonly pages: number;
  /** Whose pages the chunks are. */
  readonly owner: number;
}

/** @returns undefined where the stacks are not all tagged ones and nothing more, in a row */
export function carvedPlaces(stacks: readonly Stack[], map: PageMap, maximumBytes: number, owner: number): CarvedPlaces | undefined {
  const [{ tagged: first }] = stacks;
  if (first === undefined || stacks.some(({ tagged }, sizeClass) => tagged !== first + sizeClass * TAGGED_STACK.bytes)) return undefined;
  const notes = map.noteWord(0) * 4;
  return { stacks: first, notes, noteBytes: map.noteWord(PAGE_BYTES) * 4 - notes, pages: Math.floor(maximumBytes / PAGE_BYTES), owner };
}

const { above, add, and, atLeast, differ, give, isBeyond, leadingZeros, load, multiply, number, or, set, shiftRight, store, subtract, wasmFunction, when } = wasmCode;

const NOTHING_DONE = give(number(0));
const SMALLEST_BLOCK = 1 << SMALLEST_LOG2;
const LARGEST_CLASS = CLASS_COUNT - 1;
/** Bits of an address within its page, and so within a block of the largest class. */
const IN_PAGE = PAGE_BYTES - 1;

export const carvedProgram = ({ stacks, notes, noteBytes, pages, owner }: CarvedPlaces): WasmProgram<FusedChunks> => () => {
  const headOf = (sizeClass: Instruction): Instruction => add(multiply(sizeClass, number(TAGGED_STACK.bytes)), number(stacks));
  const headerOf = (sizeClass: Instruction): Instruction => or(multiply(sizeClass, number(1 << BLOCK_HEADER.sizeClass.shift)), number(liveHeader(0, 0)));
  return {
    take: wasmFunction(["bytes"], { sizeClass: "i32", head: "i32", pair: "i64", top: "i32", link: "i32" }, ({ bytes, sizeClass, head, pair, top, link }) => [
      when(above(bytes, number(LARGEST_REQUEST)), NOTHING_DONE),
      set(sizeClass, subtract(number(32 - SMALLEST_LOG2), leadingZeros(or(add(bytes, number(HEADER_BYTES - 1)), number(SMALLEST_BLOCK - 1))))),
      set(head, headOf(sizeClass)),
      taggedPop(number(0), { head, pair, top, link }, NOTHING_DONE, NOTHING_DONE),
      store(link, headerOf(sizeClass)),
      add(top, number(HEADER_BYTES)),
    ]),

    give: wasmFunction(
      ["address"],
      { page: "i32", note: "i32", sizeClass: "i32", offset: "i32", inBlock: "i32", head: "i32", link: "i32", pair: "i64" },
      ({ address, page, note, sizeClass, offset, inBlock, head, link, pair }) => [
        set(page, shiftRight(address, number(16))),
        when(or(atLeast(page, number(pages)), isBeyond(address)), NOTHING_DONE),
        // whose page it is, and the class of its blocks
        set(note, load(add(multiply(page, number(noteBytes)), number(notes)))),
        set(sizeClass, shiftRight(note, number(PAGE_NOTE.value.shift))),
        when(or(differ(and(note, number(PAGE_NOTE.owner.maximum)), number(owner)), above(sizeClass, number(LARGEST_CLASS))), NOTHING_DONE),
        // whether a block starts there: one that would end with the chunk does not, but for the one that is alone in it
        set(offset, subtract(and(address, number(IN_PAGE)), number(FIRST_PAYLOAD))),
        set(inBlock, shiftRight(number(IN_PAGE), subtract(number(LARGEST_CLASS), sizeClass))),
        when(or(and(offset, inBlock), above(offset, subtract(number(IN_PAGE - FIRST_PAYLOAD), inBlock))), NOTHING_DONE),
        // whether it is live, and its own address the one that was given out; then its header is ours
        set(link, subtract(address, number(HEADER_BYTES))),
        when(differ(load(link), headerOf(sizeClass)), NOTHING_DONE),
        set(head, headOf(sizeClass)),
        taggedPush(link, { head, link, pair }),
        number(1),
      ],
    ),
  };
};
