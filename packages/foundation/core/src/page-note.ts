/** The note that the owner of a page leaves in the page map. */
import { packed } from "./layout.js";

/** Bytes of a page: 64 KiB, the page of WebAssembly. */
export const PAGE_BYTES = 65536;

export const PAGE_NOTE = packed("PageNote", { owner: 4, value: 28 });

/** @param owner a number from `PageMap.newOwner` @param value up to 28 bits, for the owner to use as it likes */
export function pageNote(owner: number, value: number): number {
  return owner | (value << 4);
}
