// The metadata arena at the end of the address space, where the address behind a page is 2^32, and its word 0.
import { ADDRESS_SPACE, growable, openMemory, PAGE_BYTES, Root } from "@heapwright/core";
import { Pages } from "@heapwright/pages";
import { expect, test } from "vitest";
import { MetadataArena } from "../src/anchored/metadata-arena.js";

const PIECE = 1024;

test("a page that ends at 4 GiB is used up, and followed by another one", () => {
  const { handle, zeroFrom } = growable({ initial: 2 ** 20, maximum: ADDRESS_SPACE }).open();
  const root = Root.format(openMemory(handle), { preset: "test", options: "", maximumThreads: 8 }, zeroFrom);
  const pages = new Pages(root);
  const arena = new MetadataArena(root, pages, pages.map.newOwner());
  root.seal();
  const all = (): number[] => Array.from({ length: PAGE_BYTES / PIECE }, () => arena.allocate(PIECE));
  while (arena.bytes() === 0) arena.allocate(PIECE);
  // the rest of that page, and then the last page there is
  while (arena.allocate(PIECE) % PAGE_BYTES !== PAGE_BYTES - PIECE);
  const { acquire } = pages;
  const last = ADDRESS_SPACE - PAGE_BYTES;
  expect(root.memory.grow(ADDRESS_SPACE)).toBe(true);
  pages.acquire = () => last;
  expect(all()).toEqual(Array.from({ length: PAGE_BYTES / PIECE }, (_, i) => last + i * PIECE));
  pages.acquire = acquire;
  const next = all();
  expect(next.every((piece) => piece >= root.end && piece < last)).toBe(true);
  expect(new Set(next).size).toBe(next.length);
});
