/**
 * The three heaps as their descriptions tell them, without memory: a list of free blocks in the order of the form, walked
 * from its start. heap_2 with coalescing keeps a second list by address and changes both, as the original did.
 */
import { ARENA_OVERHEAD, TAG_BYTES, type Form } from "./forms.js";

interface Block {
  address: number;
  bytes: number;
}

export class ReferenceHeap {
  readonly bySize: Block[] = [];
  readonly byAddress: Block[] = [];
  readonly live = new Map<number, number>();
  minimumEverFree: number;

  /** @param start address of the first block */
  constructor(
    private readonly form: Form,
    start: number,
    heapBytes: number,
  ) {
    this.insert({ address: start, bytes: heapBytes - ARENA_OVERHEAD });
    this.minimumEverFree = this.freeBytes;
  }

  get freeBytes(): number {
    return this.byAddress.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  malloc(size: number): number {
    const wanted = Math.max(16, Math.ceil((size + TAG_BYTES) / 16) * 16);
    const list = this.form === "heap_4" ? this.byAddress : this.bySize;
    const found = list.find(({ bytes }) => bytes >= wanted);
    if (found === undefined) return 0;
    this.remove(found);
    const rest = found.bytes - wanted;
    // larger than the smallest block, not as large
    if (rest > 16) this.insert({ address: found.address + wanted, bytes: rest });
    this.live.set(found.address, rest > 16 ? wanted : found.bytes);
    this.minimumEverFree = Math.min(this.minimumEverFree, this.freeBytes);
    return found.address;
  }

  free(address: number): void {
    const block = { address, bytes: this.live.get(address)! };
    this.live.delete(address);
    if (this.form !== "heap_2") {
      const successor = this.byAddress.find((other) => other.address === block.address + block.bytes);
      if (successor !== undefined) {
        this.remove(successor);
        block.bytes += successor.bytes;
      }
      const predecessor = this.byAddress.find((other) => other.address + other.bytes === block.address);
      if (predecessor !== undefined) {
        this.remove(predecessor);
        block.address = predecessor.address;
        block.bytes += predecessor.bytes;
      }
    }
    this.insert(block);
  }

  private insert(block: Block): void {
    insertBefore(this.bySize, block, (other) => other.bytes >= block.bytes);
    insertBefore(this.byAddress, block, (other) => other.address > block.address);
  }

  private remove(block: Block): void {
    for (const list of [this.bySize, this.byAddress]) list.splice(list.indexOf(block), 1);
  }
}

function insertBefore(list: Block[], block: Block, isBehind: (other: Block) => boolean): void {
  const index = list.findIndex(isBehind);
  list.splice(index < 0 ? list.length : index, 0, block);
}
