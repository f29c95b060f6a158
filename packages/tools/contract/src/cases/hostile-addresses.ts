/** What is not the address of a block is refused by name, wherever it points, and nothing has happened. */
import { InvalidAddressError, PAGE_BYTES, type Heap, type Region } from "@heapwright/core";
import { census } from "../census.js";
import { casesOf } from "../contract-case.js";
import type { Context } from "../context.js";
import { HOSTILE_NUMBERS, HOSTILE_VALUES } from "../hostile-values.js";
import { Snapshot } from "../snapshot.js";
import { demand, demandThrow, show } from "../violation.js";

const CALLS: Readonly<Record<string, (heap: Heap, address: number) => unknown>> = {
  free: (heap, address) => heap.free(address),
  usableSize: (heap, address) => heap.usableSize(address),
  "realloc to 50 bytes": (heap, address) => heap.realloc(address, 50),
  "realloc to 5000 bytes": (heap, address) => heap.realloc(address, 5000),
  "realloc to nothing": (heap, address) => heap.realloc(address, 0),
};

/** A heap with some blocks out and some freed, as most heaps are. */
function usedHeap(context: Context): { heap: Heap; ledger: ReturnType<Context["ledger"]> } {
  const heap = context.heap({ maximum: 2 ** 22 });
  const ledger = context.ledger();
  for (const size of [0, 10, 16, 100, 300, 1000, 4096, 9000, 30_000, 70_000, 200_000]) {
    ledger.malloc(heap, context.fit(size));
    heap.free(heap.malloc(context.fit(size)));
  }
  return { heap, ledger };
}

/** Proves that each of `addresses` is refused by every call that takes one, and that nothing changes. */
function proveRefused(context: Context, what: string, addresses: (heap: Heap, blocks: readonly number[]) => readonly unknown[]): void {
  const { heap, ledger } = usedHeap(context);
  const wrong = addresses(heap, ledger.all().map(({ address }) => address));
  const before = new Snapshot(heap);
  for (const [name, call] of Object.entries(CALLS)) {
    for (const address of wrong) {
      demandThrow(InvalidAddressError, () => call(heap, address as number), `${name} of ${show(address)}, ${what},`);
    }
    before.proveSame(`${name} of ${what}`);
  }
  ledger.prove(heap);
}

/** Addresses in a region: its ends and places between, on multiples of 16 and beside. */
function placesIn({ address, bytes }: Region): number[] {
  const inside = [0, 16, 64, 4096, PAGE_BYTES, bytes >>> 1, bytes - 16].filter((offset) => offset >= 0 && offset < bytes);
  const aligned = inside.map((offset) => Math.ceil((address + offset) / 16) * 16);
  return [address, address + 8, ...aligned].filter((one) => one > 0 && one < address + bytes);
}

/** Whole pages that hold no block and never did. */
function wholeFreePages(region: Region): number[] {
  const first = Math.ceil(region.address / PAGE_BYTES) * PAGE_BYTES;
  const pages = Math.floor((region.address + region.bytes - first) / PAGE_BYTES);
  return region.state === "free" && pages > 0 ? [first, first + 16, first + (pages - 1) * PAGE_BYTES] : [];
}

/** A call that the subject may take without notice: it must come back, with no other error than the named one. */
function proveNoticed(context: Context, always: "always" | "perhaps", action: () => void, what: string): void {
  try {
    action();
  } catch (error) {
    demand(error instanceof InvalidAddressError, `${what} threw ${show(error)}`);
    return;
  }
  demand(always === "perhaps", `${what} was not noticed`);
}

export const HOSTILE_ADDRESS_CASES = casesOf("hostile addresses", {
  "values that are no addresses are refused": (context) => {
    proveRefused(context, "no address", () => [...HOSTILE_NUMBERS, ...HOSTILE_VALUES]);
  },
  "numbers beyond 32 bits are refused, whatever their lower bits are": (context) => {
    proveRefused(context, "beyond 32 bits", (_heap, blocks) => [2 ** 32, 2 ** 53 - 1, ...blocks.map((address) => address + 2 ** 32), ...blocks.map((address) => address - 2 ** 32)]);
  },
  "addresses behind the buffer are refused": (context) => {
    proveRefused(context, "behind the buffer", ({ memory }) => {
      const end = memory.buffer.byteLength;
      return [end, end + 16, end + PAGE_BYTES, memory.maximumBytes, memory.maximumBytes + 16, 2 ** 31, 2 ** 31 + 16, 2 ** 32 - 16, 2 ** 32 - 1];
    });
  },
  "addresses below the heap are refused": (context) => {
    proveRefused(context, "below the heap", ({ memory }) => [1, 4, 8, 16, 1024, memory.base - 16, memory.base - 1].filter((address) => address > 0));
  },
  "addresses in the heap's own bookkeeping are refused": (context) => {
    proveRefused(context, "in bookkeeping", (heap) => census(heap).filter(({ state }) => state === "metadata").flatMap(placesIn));
  },
  "addresses in pages that nobody uses are refused": (context) => {
    proveRefused(context, "in an unused page", (heap) => census(heap).flatMap(wholeFreePages));
  },
  "addresses a few bytes before and behind a block's are refused": (context) => {
    proveRefused(context, "beside a block's", (_heap, blocks) =>
      blocks.flatMap((address) => [1, 2, 4, 8, 12].filter((offset) => offset % context.abilities.alignment !== 0).flatMap((offset) => [address + offset, address - offset])),
    );
  },
  "an address inside a block is refused, as far as the heap notices": (context) => {
    const notice = context.abilities.noticesInteriorFree ? "always" : "perhaps";
    for (const size of [64, 100, 1000, 5000, 30_000, 70_000, 300_000].filter((one) => context.serves(one))) {
      for (const offset of [16, 32, 48, Math.floor(size / 32) * 16, Math.floor(size / 16) * 16 - 16]) {
        const { heap } = usedHeap(context);
        const inside = heap.malloc(size) + offset;
        for (const [name, call] of Object.entries(CALLS)) {
          proveNoticed(context, notice, () => void call(heap, inside), `${name} of an address ${offset} bytes into a block of ${size}`);
        }
        if (notice === "always") heap.check();
        else context.spoil(heap);
      }
    }
  },
  "a block whose contents look like bookkeeping does not hide an address inside it": (context) => {
    const notice = context.abilities.noticesInteriorFree ? "always" : "perhaps";
    const { heap } = usedHeap(context);
    const size = Math.min(1000, context.abilities.largestBlock);
    const address = heap.malloc(size);
    const end = address + Math.floor(size / 16) * 16 - 32;
    const { u8 } = heap.memory;
    // whatever stands before the block, its header perhaps, is copied before every place that could be taken for a block
    for (let at = address; at < end; at += 16) u8.copyWithin(at, address - 16, address);
    for (let at = address + 16; at < end; at += 16) {
      proveNoticed(context, notice, () => heap.free(at), `free of a forged block ${at - address} bytes into a block`);
    }
    if (notice === "perhaps") context.spoil(heap);
  },
  "a block freed twice is refused, as far as the heap notices": (context) => {
    const notice = context.abilities.noticesDoubleFree ? "always" : "perhaps";
    for (const size of [0, 10, 100, 1000, 5000, 30_000, 70_000, 300_000].filter((one) => context.serves(one))) {
      for (const [name, call] of Object.entries(CALLS)) {
        const { heap, ledger } = usedHeap(context);
        const address = heap.malloc(size);
        heap.free(address);
        const before = new Snapshot(heap);
        proveNoticed(context, notice, () => void call(heap, address), `${name} of a block of ${size} bytes that was freed`);
        if (notice === "perhaps") {
          context.spoil(heap);
          continue;
        }
        before.proveSame(`${name} of a freed block`);
        ledger.prove(heap);
      }
    }
  },
  "a block freed by another attachment is refused, as far as the heap notices": (context) => {
    const notice = context.abilities.noticesDoubleFree ? "always" : "perhaps";
    for (const size of [10, 1000, 30_000, 70_000].filter((one) => context.serves(one))) {
      const { heap } = usedHeap(context);
      const other = context.attach(heap);
      const address = heap.malloc(size);
      other.free(address);
      proveNoticed(context, notice, () => heap.free(address), `free of a block of ${size} bytes that another freed`);
      proveNoticed(context, notice, () => other.free(address), `free of a block of ${size} bytes that it freed itself`);
      if (notice === "perhaps") context.spoil(heap);
      else heap.check();
    }
  },
  "a block of another heap is refused": (context) => {
    const { heap, ledger } = usedHeap(context);
    const other = context.heap({ maximum: 2 ** 24 });
    const end = Math.max(...census(heap).map(({ state, address, bytes }) => (state === "free" ? 0 : address + bytes)));
    let foreign = 0;
    // blocks of the other heap, until one lies where this heap has never had any
    for (let i = 0; i < 200 && foreign < end; i++) foreign = other.malloc(Math.min(30_000, context.abilities.largestBlock)) || foreign;
    const before = new Snapshot(heap);
    for (const [name, call] of Object.entries(CALLS)) {
      if (foreign < end) break;
      demandThrow(InvalidAddressError, () => call(heap, foreign), `${name} of another heap's block`);
      before.proveSame(`${name} of another heap's block`);
    }
    ledger.prove(heap);
  },
});
