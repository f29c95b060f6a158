import { growable, PAGE_BYTES, Root, type MemorySource } from "@heapwright/core";
import { Pages } from "@heapwright/pages";
import { describe, expect, it } from "vitest";
import { oneSlotOf, pageOf, slotBits } from "../src/anchored/hyperblock.js";
import { MetadataArena } from "../src/anchored/metadata-arena.js";
import { SuperblockStore } from "../src/anchored/superblock-store.js";
import { MIB } from "./anchored-fixture.js";
import { openSteered, type SteeredMemory } from "./steered-memory.js";

interface Part {
  readonly store: SuperblockStore;
  readonly arena: MetadataArena;
  readonly pages: Pages;
  readonly memory: SteeredMemory;
}

/** Two threads that share a store. */
function parts(hyperblockBytes = MIB, source: MemorySource = growable({ initial: MIB, maximum: 64 * MIB }), othersBytes = hyperblockBytes): [Part, Part] {
  const { handle } = source.open();
  const identity = { preset: "test", options: "", maximumThreads: 4 };
  const build = (root: Root, batchBytes: number): Part => {
    const pages = new Pages(root);
    const owner = pages.map.newOwner();
    const arena = new MetadataArena(root, pages, owner);
    const store = new SuperblockStore(root, pages, arena, owner, batchBytes);
    root.seal();
    return { store, arena, pages, memory: root.memory as SteeredMemory };
  };
  return [build(Root.format(openSteered(handle), identity, 0), hyperblockBytes), build(Root.attach(openSteered(handle), identity), othersBytes)];
}

const mapped = ({ pages }: Part): number => pages.mappedBytes() / PAGE_BYTES;

describe("the bits of a hyperblock", () => {
  it("give one slot, of a page that is broken already if there is one", () => {
    expect(oneSlotOf(0)).toBe(0);
    expect(oneSlotOf(-1)).toBe(1);
    expect(oneSlotOf(0x0000_0ff0)).toBe(0x10);
    expect(oneSlotOf(0x0000_cff0)).toBe(0x4000);
    expect(oneSlotOf(0x8000_0000 | 0)).toBe(0x8000_0000 | 0);
  });

  it("give a page only where all of it is free", () => {
    expect(pageOf(0x7777_7777)).toBe(0);
    expect(pageOf(-1)).toBe(15);
    expect(pageOf(0xf000_0777 | 0)).toBe(0xf000_0000 | 0);
  });

  it("are counted from slot 0 over both halves", () => {
    expect([slotBits(0, 64, 0), slotBits(0, 64, 1)]).toEqual([-1, -1]);
    expect([slotBits(28, 36, 0), slotBits(28, 36, 1)]).toEqual([0xf000_0000 | 0, 15]);
    expect([slotBits(4, 5, 0), slotBits(4, 5, 1)]).toEqual([16, 0]);
    expect([slotBits(63, 64, 0), slotBits(63, 64, 1)]).toEqual([0, 0x8000_0000 | 0]);
  });
});

describe("the superblock store", () => {
  it("acquires a hyperblock at once and serves it from the start", () => {
    const [{ store, pages }] = parts();
    const first = store.acquire(16384);
    expect(first % MIB).toBe(0);
    expect(pages.mappedBytes()).toBeGreaterThan(MIB);
    expect([store.acquire(16384), store.acquire(65536), store.acquire(16384)]).toEqual([first + 16384, first + 65536, first + 32768]);
    store.check("no deaths");
  });

  it("serves every slot once, before it acquires more", () => {
    const [{ store, pages }] = parts();
    const slots = Array.from({ length: 64 }, () => store.acquire(16384));
    expect(new Set(slots).size).toBe(64);
    const before = pages.mappedBytes();
    store.acquire(16384);
    expect(pages.mappedBytes()).toBe(before + MIB);
  });

  it("makes do with less where memory is small, down to nothing", () => {
    const [{ store }] = parts(MIB, growable({ initial: 65536, maximum: 7 * PAGE_BYTES }));
    const slots: number[] = [];
    for (let slot = store.acquire(16384); slot !== 0; slot = store.acquire(16384)) slots.push(slot);
    expect(slots).toHaveLength(24);
    store.release(slots[5], 16384);
    expect(store.acquire(65536)).toBe(0);
    expect(store.acquire(16384)).toBe(slots[5]);
    store.check("no deaths");
  });

  it("returns whole batches but one", () => {
    const [part] = parts(2 * PAGE_BYTES);
    const { store } = part;
    const all = Array.from({ length: 12 }, () => store.acquire(65536));
    const most = mapped(part);
    for (const superblock of all) store.release(superblock, 65536);
    expect(mapped(part)).toBe(most - 10);
    store.check("no deaths");
    expect(store.acquire(16384)).toBe(all[0]);
  });

  it("does not forget a hyperblock in which a slot becomes free just when none was", () => {
    const [a, b] = parts();
    const slots = Array.from({ length: 64 }, () => a.store.acquire(16384));
    let happened = false;
    a.memory.beforeStep = (step) => {
      if (step !== "and" || happened) return;
      happened = true;
      b.store.release(slots[1], 16384);
    };
    a.store.acquire(16384);
    a.memory.beforeStep = () => {};
    expect(happened).toBe(true);
    a.store.check("no deaths");
    expect(a.store.acquire(16384)).toBe(slots[1]);
  });

  it("keeps what has become part of a larger batch, when a slower thread remembers a small one", () => {
    const [a, b] = parts(PAGE_BYTES, growable({ initial: MIB, maximum: 64 * MIB }), 2 * PAGE_BYTES);
    const kept = a.store.acquire(65536);
    const rest: number[] = [];
    let p = a.store.acquire(65536);
    for (; p % (2 * PAGE_BYTES) !== 0; p = a.store.acquire(65536)) rest.push(p);
    a.store.release(kept, 65536);
    let happened = false;
    // A has seen that its batch is whole, and is about to take it. B returns it, and acquires it anew with the page behind.
    a.memory.beforeStep = (step) => {
      if (step !== "cas2" || happened) return;
      happened = true;
      expect([b.store.acquire(65536), b.store.acquire(65536)]).toEqual([kept, p]);
      b.store.release(kept, 65536);
      b.store.release(p, 65536);
      expect([b.store.acquire(65536), b.store.acquire(65536)]).toEqual([kept, p]);
      b.store.release(p, 65536);
    };
    a.store.release(p, 65536);
    a.memory.beforeStep = () => {};
    expect(happened).toBe(true);
    a.store.check("no deaths");
    expect([a.store.acquire(65536), a.store.acquire(65536)]).toEqual([p, p + PAGE_BYTES]);
  });
});

describe("the metadata arena", () => {
  it("serves from the header first, then from pages, each piece once", () => {
    const [{ arena }, other] = parts();
    const pieces = Array.from({ length: 3000 }, (_, i) => (i % 2 === 0 ? arena : other.arena).allocate(64 * (1 + (i % 4))));
    const ends = pieces.map((piece, i) => piece + 64 * (1 + (i % 4)));
    expect(pieces.every((piece) => piece % 64 === 0 && arena.holds(piece, 64))).toBe(true);
    expect(pieces.every((piece, i) => i === 0 || piece >= ends[i - 1] || piece % PAGE_BYTES === 0)).toBe(true);
    expect(arena.bytes()).toBeGreaterThan(5 * PAGE_BYTES);
    expect(arena.holds(0, 64)).toBe(false);
  });

  it("releases its page when another thread's came first", () => {
    const [a, b] = parts();
    while (a.arena.bytes() === 0) a.arena.allocate(4096);
    for (let i = 0; i < 15; i++) a.arena.allocate(4096);
    const before = mapped(a);
    let nested = 0;
    a.memory.beforeStep = (step) => {
      if (step === "cas" && mapped(b) === before + 1 && nested === 0) nested = b.arena.allocate(4096);
    };
    const piece = a.arena.allocate(4096);
    a.memory.beforeStep = () => {};
    expect(nested).toBeGreaterThan(0);
    expect(piece).toBe(nested + 4096);
    expect(mapped(a)).toBe(before + 1);
  });
});
