/**
 * Pages of threads as `walk` and `check` show them: found by the page map alone, and believed in nothing that can be
 * derived. Both only make sense while no other thread is inside an operation, and after the dead have been reclaimed.
 */
import { HeapCorruptionError, type MappedSpans, type Memory, type RegionState, type Root, type ThreadRegistry, type Visit } from "@heapwright/core";
import { longestRun, maskOf } from "./free-units.js";
import type { OwnedPages } from "./owned-pages.js";
import type { PageOwnership } from "./page-ownership.js";
import { headerBytes, runsOf, type Run } from "./page-runs.js";
import {
  FREE_UNIT, LAYER, liveWord, PRIVATE_NOTE, PRIVATE_PAGE, SHORT_WAY, THREAD_WORDS, UNIT_BIT_WORDS, unitOf, UNITS, wayOf, WHOLE_UNITS,
} from "./private-layout.js";
import type { RemoteFrees } from "./remote-frees.js";
import type { SlabRings } from "./slab-rings.js";
import type { SlabShapes } from "./slab-shapes.js";
import { RowWords, type ThreadRow } from "./thread-row.js";

export class PrivateInspection {
  private readonly memory: Memory;
  private readonly threads: ThreadRegistry;

  constructor(
    root: Root,
    private readonly spans: MappedSpans,
    private readonly shapes: SlabShapes,
    private readonly row: ThreadRow,
    private readonly ownership: PageOwnership,
    private readonly pages: OwnedPages,
    private readonly rings: SlabRings,
    private readonly remote: RemoteFrees,
    private readonly isLive: (block: number) => boolean,
  ) {
    this.memory = root.memory;
    this.threads = root.threads;
  }

  /** Reports every byte of every page. */
  walk(visit: Visit): void {
    const freed = this.onTheirWay();
    this.ownership.pagesDo((page) => this.walkPage(page, freed, visit));
  }

  /** Blocks that have been freed by threads that do not own them, and not yet collected. */
  private onTheirWay(): Set<number> {
    const blocks = new Set<number>();
    const add = (block: number): unknown => blocks.add(block);
    this.ownership.pagesDo((page) => this.remote.pendingIn(page, add));
    this.row.rowsDo((row) => this.remote.keptIn(row, add));
    return blocks;
  }

  private walkPage(page: number, freed: Set<number>, visit: Visit): void {
    const report = (from: number, to: number, state: RegionState, block = 0): void => {
      if (from < to) visit({ address: from, bytes: to - from, state, layer: LAYER, block });
    };
    const runs = runsOf(this.memory, page);
    report(page, runs[0].start, "metadata");
    for (const run of runs) {
      const { start, end, sizeClass } = run;
      if (run.stray || run.value === FREE_UNIT) report(start, end, "free");
      else if (sizeClass === THREAD_WORDS) {
        report(start, start + this.row.bytes, "metadata");
        report(start + this.row.bytes, end, "waste");
      } else {
        const bytes = sizeClass === WHOLE_UNITS ? end - start : this.shapes.blockBytes[sizeClass];
        let at = start;
        for (; at + bytes <= end; at += bytes) {
          const state = !this.isLive(at) ? "free" : freed.has(at) ? "cached" : "live";
          report(at, at + bytes, state, state === "live" ? at : 0);
        }
        report(at, end, "waste");
      }
    }
  }

  /** Headers of the pages of all threads, and words of the threads. May be asked at any time. */
  metadataBytes(): number {
    let bytes = 0;
    this.row.rowsDo(() => (bytes += this.row.bytes));
    this.ownership.pagesDo((page) => (bytes += headerBytes(this.memory.racyLoad(page >>> 2))));
    return bytes;
  }

  check(): void {
    /** By the note of their pages. */
    const owners = new Map<number, RowWords>();
    this.row.rowsDo((row, thread) => owners.set(this.ownership.noteOf(thread), new RowWords(row)));
    const places = new Map<number, string>();
    for (const row of owners.values()) this.checkRow(row, places);
    let pages = 0;
    this.ownership.pagesDo((page) => {
      pages++;
      this.checkPage(page, owners, places);
    });
    for (const [address, place] of places) throw new HeapCorruptionError(address, LAYER, `it is ${place}, where it should not be`);
    if (pages !== this.ownership.count() && !this.threads.deathIsPossible()) {
      throw new HeapCorruptionError(0, LAYER, `${pages} pages, and ${this.ownership.count()} are counted`);
    }
    this.onTheirWay().forEach((block) => this.checkFreed(block));
  }

  private checkFreed(block: number): void {
    if (!this.isLive(block)) throw new HeapCorruptionError(block, LAYER, "it is on a chain of freed blocks, and not live");
  }

  /** Notes what is on the rings and lists of a thread. */
  private checkRow(row: RowWords, places: Map<number, string>): void {
    const put = (address: number, place: string): void => {
      if (places.has(address)) throw new HeapCorruptionError(address, LAYER, `it is ${places.get(address)} and ${place}`);
      places.set(address, place);
    };
    for (let c = 0; c < this.shapes.count; c++) {
      for (const slab of this.rings.around(row.ring(c))) put(slab + 1, slabPlace(row, c));
    }
    for (const page of this.pages.ringOf(row)) put(page + 2, pagePlace(row, "ring"));
    for (let length = 1; length <= UNITS; length++) {
      for (const page of this.pages.openOf(row, length)) put(page + 3, openPlace(row, length));
    }
  }

  private checkPage(page: number, owners: Map<number, RowWords>, places: Map<number, string>): void {
    const note = this.spans.map.noteAt(page);
    const row = owners.get(note);
    if (row === undefined && !this.ownership.isAbandoned(page)) {
      throw new HeapCorruptionError(page, LAYER, `it belongs to thread ${PRIVATE_NOTE.thread.get(note)}, which has none; if it has died, reclaim it`);
    }
    let free = 0;
    let loose = 0;
    for (const run of runsOf(this.memory, page)) {
      const isFree = run.stray || run.value === FREE_UNIT;
      if (isFree) free |= maskOf(unitOf(run.first), run.count);
      this.checkRun(run, row, places);
      if (isFree || run.sizeClass === THREAD_WORDS) loose |= this.bitsOf(run);
    }
    if (loose !== 0) throw new HeapCorruptionError(page, LAYER, "live bits of units that hold no blocks");
    if (row === undefined) return;
    if (this.memory.i32[(page >>> 2) + PRIVATE_PAGE.freeUnits] !== free) throw new HeapCorruptionError(page, LAYER, "its free units are not those that it says");
    this.expect(places, page + 2, pagePlace(row, "ring"), page);
    if (free !== 0) this.expect(places, page + 3, openPlace(row, longestRun(free)), page);
  }

  private bitsOf(run: Run): number {
    const w = liveWord(run.first);
    return this.memory.i32.subarray(w, w + run.count * UNIT_BIT_WORDS).reduce((all, bits) => all | bits, 0);
  }

  private expect(places: Map<number, string>, key: number, place: string, address: number): void {
    if (places.get(key) !== place) throw new HeapCorruptionError(address, LAYER, `it should be ${place}, and is ${places.get(key) ?? "nowhere"}; if its thread has died, reclaim it`);
    places.delete(key);
  }

  private checkRun(run: Run, row: RowWords | undefined, places: Map<number, string>): void {
    const refuse = (found: string): never => {
      throw new HeapCorruptionError(run.first, LAYER, found);
    };
    const { value, sizeClass: c } = run;
    if (run.stray && row !== undefined) refuse("a unit of a run that begins elsewhere");
    if (run.stray || value === FREE_UNIT || c === THREAD_WORDS) return;
    if (c === WHOLE_UNITS) {
      if (row !== undefined && this.bitsOf(run) !== 1) refuse("a block of whole units that is not live");
      return;
    }
    if (c >= this.shapes.count) refuse(`a slab of class ${c}`);
    this.checkSlab(run, row, places, refuse);
  }

  private checkSlab({ first, start, end, value, count, sizeClass: c }: Run, row: RowWords | undefined, places: Map<number, string>, refuse: (found: string) => never): void {
    const { i32 } = this.memory;
    const way = wayOf(value);
    if (way !== SHORT_WAY) refuse(`a slab whose blocks are freed in way ${way}, which is none`);
    const capacity = this.shapes.capacity(c, start, end);
    for (let k = 0; k < count * UNIT_BIT_WORDS; k++) {
      const bits = this.shapes.bits(k, capacity);
      if ((i32[liveWord(first) + k] & ~bits) !== 0) refuse("a live bit that stands for no block");
    }
    if (row === undefined) return;
    this.expect(places, first + 1, slabPlace(row, c), first);
  }
}

function slabPlace(row: RowWords, c: number): string {
  return `on the ring of class ${c} of the thread with its words at ${row.address}`;
}

function pagePlace(row: RowWords, list: string): string {
  return `on the ${list} list of the thread with its words at ${row.address}`;
}

function openPlace(row: RowWords, length: number): string {
  return pagePlace(row, `open (${length})`);
}
