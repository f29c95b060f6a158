/** The pages that anchored slabs own, found by the page map alone. */
import { PAGE_BYTES, type PageMap, type Root } from "@heapwright/core";
import { SUPERBLOCK_PAGE } from "./hyperblock.js";

/** @param visit is told the use of each page, see {@link SUPERBLOCK_PAGE}; pages come and go unless the heap is quiescent */
export function anchoredPages(root: Root, map: PageMap, owner: number, visit: (page: number, use: number) => void): void {
  const { memory } = root;
  memory.reach(Number.MAX_SAFE_INTEGER);
  const start = Math.ceil(root.end / PAGE_BYTES) * PAGE_BYTES;
  for (let page = start; page + PAGE_BYTES <= memory.end; page += PAGE_BYTES) {
    const note = map.noteAt(page);
    if (SUPERBLOCK_PAGE.owner.get(note) === owner) visit(page, SUPERBLOCK_PAGE.use.get(note));
  }
}
