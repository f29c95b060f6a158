/**
 * AO_malloc, Hans Boehm's allocator of libatomic_ops: one lock-free stack per power of two, filled from chunks of
 * 64 KiB that are cut whole and never change their class. A static heap of 34 chunks; growth and large objects only
 * when enabled. Everything is in the layers; this is how they fit together.
 */
import { fixed, flag, integerIn, oneOf, PAGE_BYTES, type HeapOptions, type Preset } from "@heapwright/core";
import { definePreset, SizeSplit } from "@heapwright/combine";
import { BOEHM_STACK, BoehmStack, TAGGED_STACK, TaggedStack } from "@heapwright/freelist";
import { headerRoom, LargeObjects, mostBesideHeader, Pages, RUNS_PROGRAM } from "@heapwright/pages";
import { CarvedChunks, ChunkBudget, LARGEST_CARVED_REQUEST, type StackMaker } from "@heapwright/slab";

/** The static heap of the original: 2 * (LOG_MAX_SIZE + 1) chunks, 2,228,224 bytes. */
const STATIC_CHUNKS = 34;

const MOST_CHUNKS = mostBesideHeader() / PAGE_BYTES;

export interface AoMallocOptions extends HeapOptions {
  /**
   * What holds free blocks. `lock-free`: a tagged stack, changed by 64-bit compare-and-swap. `almost-lock-free`:
   * Boehm's stack (PODC 2004), which needs only a 32-bit one but stands still when two threads stop inside a pop of
   * the same class. Default `lock-free`.
   */
  stack?: "lock-free" | "almost-lock-free";
  /** As AO_malloc_enable_mmap: further chunks and objects above 65,520 bytes come from growing the memory. Default false. */
  enableMmap?: boolean;
  /** Chunks of 64 KiB in the static heap, 1 to 65,525, which fit in 4 GiB beside any header. Default 34. */
  staticChunks?: number;
}

interface AoMallocSettings extends Record<string, string | number | boolean> {
  stack: "lock-free" | "almost-lock-free";
  enableMmap: boolean;
  staticChunks: number;
}

const taggedStacks: StackMaker = (root) => new TaggedStack(root.memory, root.claimStruct(TAGGED_STACK));
const boehmStacks: StackMaker = (root) => new BoehmStack(root.memory, root.claimStruct(BOEHM_STACK), root.threads.id);

export const aoMalloc: Preset<AoMallocOptions> = definePreset<AoMallocOptions, AoMallocSettings>({
  name: "ao-malloc",
  progress: "lock-free",

  settings: ({ stack = "lock-free", enableMmap = false, staticChunks = STATIC_CHUNKS }) => ({
    stack: oneOf("stack", stack, ["lock-free", "almost-lock-free"]),
    enableMmap: flag("enableMmap", enableMmap),
    staticChunks: integerIn("staticChunks", staticChunks, 1, MOST_CHUNKS),
  }),

  /** The static heap and the header, unless it may grow. */
  memory: ({ enableMmap, staticChunks }, maximumThreads) => (
    enableMmap ? undefined : fixed(staticChunks * PAGE_BYTES + headerRoom(staticChunks, maximumThreads))
  ),

  build(root, { stack, enableMmap, staticChunks }) {
    const pages = new Pages(root, enableMmap ? RUNS_PROGRAM : undefined);
    const budget = new ChunkBudget(root, pages, staticChunks, enableMmap ? "grow" : "stop");
    const chunks = new CarvedChunks(root, pages, budget, stack === "lock-free" ? taggedStacks : boehmStacks);
    const allocator = enableMmap ? new SizeSplit(chunks, new LargeObjects(root, pages), LARGEST_CARVED_REQUEST) : chunks;
    return { allocator, pages };
  },
});
