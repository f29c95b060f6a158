import { growable, openMemory, Root, type Allocator, type Classes } from "@heapwright/core";
import { TAGGED_STACK, TaggedStack } from "@heapwright/freelist";
import { Pages } from "@heapwright/pages";
import { geometric } from "@heapwright/sizes";
import { describe, expect, it } from "vitest";
import { AnchoredSlabs, CarvedChunks, ChunkBudget, ExclusiveSlabs, largestOwnedBlock, OwnedSlabs, PrivateSlabs } from "../src/index.js";
import { privateHeap } from "./private-heap.js";

type Family = (root: Root, pages: Pages) => Allocator & Classes;

const sizes = geometric({ smallest: 16, largest: largestOwnedBlock(8192), base: 1.2, multiple: 16 });

const FAMILIES: [name: string, make: Family][] = [
  ["anchored slabs", (root, pages) => new AnchoredSlabs(root, pages)],
  ["carved chunks", (root, pages) => {
    const budget = new ChunkBudget(root, pages, 0, "grow");
    return new CarvedChunks(root, pages, budget, (r) => new TaggedStack(r.memory, r.claimStruct(TAGGED_STACK)));
  }],
  ["exclusive slabs", (root, pages) => new ExclusiveSlabs(root, pages, sizes)],
  ["private slabs", (root, pages) => new PrivateSlabs(root, pages)],
  ["owned slabs", (root, pages) => new OwnedSlabs(root, pages, { sizes, processors: 1, superblockBytes: 8192, groups: 4, slackSuperblocks: 4 })],
];

describe.each(FAMILIES)("the class at an address of %s", (_name, make) => {
  function family(): Allocator & Classes {
    const { handle, zeroFrom } = growable({ initial: 65536, maximum: 2 ** 24 }).open();
    const root = Root.format(openMemory(handle), { preset: "test", options: "", maximumThreads: 4 }, zeroFrom);
    const blocks = make(root, new Pages(root));
    root.seal();
    return blocks;
  }

  it("is that of the live block which starts there", () => {
    const blocks = family();
    for (const bytes of [1, 100, 1000, 3000]) {
      const p = blocks.allocate(bytes);
      const c = blocks.classAt(p);
      expect(blocks.blocksOf(c).blockBytes).toBe(blocks.usableSize(p));
    }
  });

  it("is none for a free block, inside a block, and elsewhere", () => {
    const blocks = family();
    const [kept, freed] = [blocks.allocate(200), blocks.allocate(200)];
    blocks.free(freed);
    for (const address of [freed, kept + 16, kept + 1, 16, 2 ** 24 - 16]) expect(blocks.classAt(address)).toBe(-1);
  });

  it("is none for an address that was moved up in its block", () => {
    const blocks = family();
    let moved = 0;
    for (let i = 0; i < 20; i++) {
      const p = blocks.allocateAligned(512, 40);
      if (blocks.classAt(p) < 0) moved++;
      else expect(blocks.blocksOf(blocks.classAt(p)).blockBytes).toBe(blocks.usableSize(p));
    }
    expect(moved).toBeGreaterThan(0);
  });
});

it("the class at an address of private slabs is none for a block that another thread has freed and its owner has not met", () => {
  const owner = privateHeap();
  const other = owner.join();
  const [block, kept] = [owner.slabs.allocate(100), owner.slabs.allocate(100)];
  other.slabs.free(block);
  for (const { slabs } of [owner, other]) {
    expect(slabs.classAt(block)).toBe(-1);
    expect(slabs.classAt(kept)).toBeGreaterThanOrEqual(0);
  }
});
