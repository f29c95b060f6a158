/** Flaws that allocators elsewhere have had, each for a case of its own. */
import type { Heap } from "@heapwright/core";
import { flaw, type Flaw } from "./flaws.js";

/** Blocks that are out and blocks that were freed, as a heap would know them that looks each up in a list. */
function listed(heap: Heap, onFree: (address: number, live: number[], freed: Map<number, number>) => void): Partial<Heap> {
  const live: number[] = [];
  const freed = new Map<number, number>();
  const enter = (address: number): number => {
    if (address !== 0) live.unshift(address);
    freed.delete(address);
    return address;
  };
  return {
    malloc: (size) => enter(heap.malloc(size)),
    free: (address) => onFree(address, live, freed),
  };
}

/** By buffer: whose call was refused and left the lock held. */
const holders = new WeakMap<ArrayBufferLike, Heap>();

function forget(live: number[], address: number): number {
  const index = live.indexOf(address);
  if (index >= 0) live.splice(index, 1);
  return index;
}

export const PEER_FLAWS: readonly Flaw[] = [
  // @thi.ng/malloc frees an address that is not what it frees blocks by
  flaw("peers", "leaks the old place of every block that moves", (heap) => ({
    realloc(address, size) {
      const moved = heap.malloc(size);
      if (moved !== 0 && address !== 0) heap.memory.copy(moved, address, Math.min(size, heap.usableSize(address)));
      return moved;
    },
  })),
  // and looks through all blocks to do it
  flaw("peers", "looks through all live blocks at each free", (heap) => listed(heap, (address, live) => {
    forget(live, address);
    heap.free(address);
  })),
  // glibc's fastbins compare with the block freed last
  flaw("peers", "notices a second free only right after the first", (heap) => {
    let last = 0;
    return listed(heap, (address, live, freed) => {
      if (freed.has(address) && address !== last) return;
      heap.free(address);
      last = address;
      freed.set(address, 0);
      forget(live, address);
    });
  }),
  flaw("peers", "takes an address inside a freed block for one that may be freed", (heap) => listed(heap, (address, live, freed) => {
    for (const [start, size] of freed) if (address > start && address < start + size) return;
    const size = live.includes(address) ? heap.usableSize(address) : 0;
    heap.free(address);
    freed.set(address, size);
    forget(live, address);
  })),
  // shared-memory-objects: an exception between lock and unlock
  flaw("peers", "keeps its lock when it refuses a call", (heap) => ({
    malloc(size) {
      while ((holders.get(heap.memory.buffer) ?? heap) !== heap);
      return heap.malloc(size);
    },
    free(address) {
      try {
        heap.free(address);
      } catch (error) {
        holders.set(heap.memory.buffer, heap);
        throw error;
      }
    },
  })),
  flaw("peers", "trips over what was written before a block", (heap) => {
    const before = new Map<number, number>();
    return {
      malloc(size) {
        const address = heap.malloc(size);
        before.set(address, heap.memory.i32[(address - 4) >>> 2]);
        return address;
      },
      free(address) {
        if (before.has(address) && before.get(address) !== heap.memory.i32[(address - 4) >>> 2]) throw new TypeError("cannot read properties of undefined");
        heap.free(address);
      },
    };
  }),
];
