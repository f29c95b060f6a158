/**
 * A hash table of strings in a shared heap, to which any number of threads may add at the same time. Each bucket is a
 * list of entries that only ever grows at its head, by one compare-and-swap; so nobody waits for anybody, and whoever
 * walks a list sees it as it was when he read the head.
 *
 * Entries are not taken out while others look: to free one, you would have to know that nobody stands on it. Tables that
 * need that lock a stripe of buckets, or free later, once every reader has been elsewhere.
 */
import { i32, struct, type Heap, type Memory } from "@heapwright/core";
import { allocate } from "../allocate.js";
import { readText, writeText } from "./text.js";

// Tables like these give the word offsets: memory.u32[w + ENTRY.key] is the key of the entry at the address w * 4.
const TABLE = struct("StringTable", {
  /** how many heads follow; written once, before the table is handed on */
  buckets: i32(),
});
const ENTRY = struct("Entry", {
  /** address of the next entry of the bucket, or 0; plain: nobody else sees the entry before it is published */
  next: i32(),
  /** of the key; plain */
  hash: i32(),
  /** address of the text; plain */
  key: i32(),
  /** address of the text; plain */
  value: i32(),
});

export interface Entry {
  readonly key: string;
  readonly value: string;
}

export class StringTable {
  readonly #heap: Heap;
  readonly #memory: Memory;
  readonly #buckets: number;
  /** Word index of the first head. */
  readonly #heads: number;

  /** The table at `address`, as this thread sees it. The address came from the thread that created it. */
  constructor(
    heap: Heap,
    readonly address: number,
  ) {
    this.#heap = heap;
    this.#memory = heap.memory;
    this.#memory.reach(address);
    this.#buckets = this.#memory.u32[(address >>> 2) + TABLE.buckets];
    this.#heads = (address + TABLE.bytes) >>> 2;
    this.#memory.reach((this.#heads + this.#buckets) * 4 - 1);
  }

  static create(heap: Heap, buckets: number): StringTable {
    const bytes = TABLE.bytes + buckets * 4;
    const address = allocate(heap, bytes);
    heap.memory.fill(address, bytes, 0); // no bucket has an entry
    heap.memory.u32[(address >>> 2) + TABLE.buckets] = buckets;
    return new StringTable(heap, address);
  }

  /** Adds the pair unless the key is there. @returns whether it was added: of many threads with one key, one adds it */
  add(key: string, value: string): boolean {
    const memory = this.#memory;
    const hash = hashOf(key);
    const head = this.#headOf(hash);
    let first = memory.load(head) >>> 0;
    if (this.#find(first, 0, hash, key) !== 0) return false;
    const keyText = writeText(this.#heap, key);
    const valueText = writeText(this.#heap, value);
    const entry = allocate(this.#heap, ENTRY.bytes);
    const w = entry >>> 2;
    memory.u32[w + ENTRY.hash] = hash;
    memory.u32[w + ENTRY.key] = keyText;
    memory.u32[w + ENTRY.value] = valueText;
    for (;;) {
      memory.u32[w + ENTRY.next] = first;
      // Success publishes the entry, and with it all plain writes above. Failure: others were faster; their entries are
      // in front of those that were compared already, and one of them may have this key.
      if (memory.cas(head, first, entry)) return true;
      const seen = first;
      first = memory.load(head) >>> 0;
      if (this.#find(first, seen, hash, key) !== 0) {
        this.#freeEntry(entry); // never published, so it is still ours alone
        return false;
      }
    }
  }

  get(key: string): string | undefined {
    const hash = hashOf(key);
    const entry = this.#find(this.#memory.load(this.#headOf(hash)) >>> 0, 0, hash, key);
    return entry === 0 ? undefined : readText(this.#memory, this.#memory.u32[(entry >>> 2) + ENTRY.value]);
  }

  *entries(): Generator<Entry> {
    const memory = this.#memory;
    for (const entry of this.#addresses()) {
      const w = entry >>> 2;
      // `memory.u32` each time, and not once before the loop: whenever the memory is reached, its views may be new ones
      yield { key: readText(memory, memory.u32[w + ENTRY.key]), value: readText(memory, memory.u32[w + ENTRY.value]) };
    }
  }

  /** Frees the table with all that is in it. Nobody else may use it any more. */
  destroy(): void {
    for (const entry of this.#addresses()) this.#freeEntry(entry);
    this.#heap.free(this.address);
  }

  /** Every entry; the next one is looked up before an entry is handed out, so that it may be freed. */
  *#addresses(): Generator<number> {
    for (let bucket = 0; bucket < this.#buckets; bucket++) {
      for (let entry = this.#memory.load(this.#heads + bucket) >>> 0; entry !== 0; ) {
        this.#memory.reach(entry);
        const next = this.#memory.u32[(entry >>> 2) + ENTRY.next];
        yield entry;
        entry = next;
      }
    }
  }

  /** The entry of `key` between `from` and `to`, the latter left out; 0 when there is none. */
  #find(from: number, to: number, hash: number, key: string): number {
    const memory = this.#memory;
    for (let entry = from; entry !== to; ) {
      memory.reach(entry); // costs a comparison, unless the heap has grown
      const w = entry >>> 2;
      if (memory.u32[w + ENTRY.hash] === hash && readText(memory, memory.u32[w + ENTRY.key]) === key) return entry;
      entry = memory.u32[w + ENTRY.next];
    }
    return 0;
  }

  #freeEntry(entry: number): void {
    const w = entry >>> 2;
    this.#heap.free(this.#memory.u32[w + ENTRY.key]);
    this.#heap.free(this.#memory.u32[w + ENTRY.value]);
    this.#heap.free(entry);
  }

  #headOf(hash: number): number {
    return this.#heads + (hash % this.#buckets);
  }
}

/** FNV-1a over UTF-16 code units. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
