/**
 * What a worker does in a stress run: as many operations as it can, each chosen at random, on blocks of its own and on
 * blocks that others leave in the mailboxes. It trusts nothing: every block is proved whole before anything is done to it.
 */
import type { Heap, HeapHandle, HeapOptions, Preset } from "@heapwright/core";
import { demandZero } from "../ledger.js";
import { look } from "../look.js";
import { demand } from "../violation.js";
import { Control, type Holding, type Operation } from "./control.js";
import { PARCEL_BYTES, proveSealed, readParcel, seal } from "./parcel.js";
import { Random } from "./random.js";

/** Operations, on average, from one look at the whole heap to the next. */
const LOOK_EVERY = 10_000;

/** Pairs of malloc and free that count as one operation of a worker that does nothing else. */
const PAIRS = 100;

/** Bytes from which on a request is large: it does not come out of what is cut already. */
const LARGE = 32_768;

/** What a worker is told, in a form that can be posted. */
export interface StressJob {
  readonly handle: HeapHandle;
  readonly control: SharedArrayBuffer;
  readonly rows: number;
  /** Which row of the control words is this worker's. */
  readonly row: number;
  readonly seed: number;
  /** Milliseconds until all its slots may be in use; until then ever more of them are, so that the heap keeps growing. */
  readonly rampMilliseconds: number;
  /** Operations after which it leaves for good, handing over what it holds. */
  readonly lifetime: number;
  /** `one block`: it does nothing but allocate and free a small block, so that all meet in the same few words, and must never be refused. */
  readonly work: "mixture" | "one block";
  /** `stays`: it never leaves the heap and joins again between, so that its id is always the one it told. */
  readonly restlessness: "stays" | "rejoins";
  /** Largest block in bytes that it asks for. */
  readonly largestBlock: number;
}

/**
 * Works until told to stop. To be called in a worker's entry file, with the job that the worker was started with.
 *
 * Source of the mixture: mimalloc's mstress, whose threads also hand over blocks and die while others use theirs.
 */
export function stressWorker<Options extends HeapOptions>(preset: Preset<Options>, job: StressJob): void {
  const worker = new StressWorker(preset, job);
  worker.run();
}

class StressWorker {
  private readonly control: Control;
  private readonly random: Random;
  private readonly row: number;
  private heap: Heap;
  /** Bytes of the heap that this thread has seen. */
  private seen = 0;

  constructor(
    private readonly preset: Preset,
    private readonly job: StressJob,
  ) {
    this.control = Control.over(job.control, job.rows);
    this.random = new Random(job.seed);
    this.row = job.row;
    this.control.goOn(this.row);
    this.control.tell(this.row, "joining");
    this.heap = preset.attach(job.handle);
    this.control.setThread(this.row, this.heap.threadId);
  }

  run(): void {
    this.adopt();
    const start = performance.now();
    for (let i = 0; i < this.job.lifetime && !this.control.stopped; i++) {
      this.control.goOn(this.row);
      if (this.job.work === "one block") this.during("allocating", () => this.hammer());
      else this.step(this.random.below(Math.ceil(this.control.slots * Math.min(1, (performance.now() - start + 1) / this.job.rampMilliseconds))));
      this.control.countOperation(this.row);
      this.noteGrowth();
      if (this.random.below(LOOK_EVERY) === 0) this.during("looking", () => look(this.heap));
      if (this.job.restlessness === "rejoins" && this.random.below(2000) === 0) this.rejoin();
    }
    this.leave();
  }

  /** The slots may hold the blocks of one who was killed; they must be whole. */
  private adopt(): void {
    this.control.begin(this.row, "adopting");
    for (let slot = 0; slot < this.control.slots; slot++) {
      const held = this.control.take(this.row, slot);
      if (held === undefined) continue;
      proveSealed(this.heap.memory, held);
      this.control.put(this.row, slot, held);
    }
  }

  private step(slot: number): void {
    const held = this.control.take(this.row, slot);
    if (held === undefined) return this.during("allocating", () => this.allocate(slot));
    switch (this.random.below(8)) {
      case 0:
      case 1:
        return this.during("resizing", () => this.resize(slot, held));
      case 2:
      case 3:
        return this.during("sending", () => this.send(slot, held));
      default:
        return this.during("freeing", () => this.release(held));
    }
  }

  private hammer(): void {
    const { heap } = this;
    for (let i = 0; i < PAIRS; i++) {
      const address = heap.malloc(48);
      demand(address !== 0, "malloc(48) gave 0 though next to nothing is allocated");
      heap.free(address);
    }
  }

  private noteGrowth(): void {
    const { end } = this.heap.memory;
    if (end > this.seen) this.control.tell(this.row, "growth");
    this.seen = end;
  }

  private during(operation: Operation, action: () => void): void {
    this.control.begin(this.row, operation);
    action();
  }

  private allocate(slot: number): void {
    const size = this.size();
    this.intend(size);
    const { heap } = this;
    let address: number;
    switch (this.random.below(8)) {
      case 0: {
        address = heap.calloc(1, size);
        if (address !== 0) demandZero(heap, address, size);
        break;
      }
      case 1: {
        const alignment = 16 << this.random.below(9);
        address = heap.alignedAlloc(alignment, size);
        demand(address % alignment === 0, () => `alignedAlloc(${alignment}, ${size}) gave ${address}`);
        break;
      }
      default:
        address = heap.malloc(size);
    }
    if (address === 0) this.control.countRefusal(this.row);
    else this.keep(slot, address, size);
  }

  private keep(slot: number, address: number, size: number): void {
    const held = { address, size, seed: this.random.next() | 0 };
    seal(this.heap.memory, held);
    this.control.put(this.row, slot, held);
  }

  private resize(slot: number, held: Holding): void {
    proveSealed(this.heap.memory, held);
    const size = this.size();
    this.intend(size);
    const moved = this.heap.realloc(held.address, size);
    if (moved === 0) {
      this.control.countRefusal(this.row);
      proveSealed(this.heap.memory, held);
      this.control.put(this.row, slot, held);
      return;
    }
    proveSealed(this.heap.memory, held, Math.min(held.size, size), moved);
    this.keep(slot, moved, size);
  }

  private intend(size: number): void {
    this.control.handle(this.row, size);
    if (size >= LARGE) this.control.tell(this.row, "a large request");
  }

  /** Leaves the block in a mailbox, and keeps, resizes or frees the one it finds there. */
  private send(slot: number, held: Holding): void {
    proveSealed(this.heap.memory, held);
    if (held.size < PARCEL_BYTES) return this.control.put(this.row, slot, held);
    const found = this.control.exchange(this.random.below(this.control.mailboxes), held.address);
    if (found === 0) return;
    const parcel = readParcel(this.heap.memory, found);
    this.control.handle(this.row, parcel.size);
    switch (this.random.below(3)) {
      case 0:
        return this.release(parcel);
      case 1:
        return this.resize(slot, parcel);
      default:
        proveSealed(this.heap.memory, parcel);
        return this.control.put(this.row, slot, parcel);
    }
  }

  private release(held: Holding): void {
    proveSealed(this.heap.memory, held);
    this.heap.free(held.address);
  }

  private rejoin(): void {
    this.control.begin(this.row, "leaving");
    this.heap[Symbol.dispose]();
    this.heap = this.preset.attach(this.job.handle);
    this.control.setThread(this.row, this.heap.threadId);
  }

  /** Hands over all it can, frees the rest, and goes. */
  private leave(): void {
    this.control.begin(this.row, "leaving");
    this.control.tell(this.row, "leaving");
    for (let slot = 0; slot < this.control.slots; slot++) {
      const held = this.control.take(this.row, slot);
      if (held === undefined) continue;
      if (this.control.stopped || held.size < PARCEL_BYTES) {
        this.release(held);
        continue;
      }
      proveSealed(this.heap.memory, held);
      const found = this.control.exchange(this.random.below(this.control.mailboxes), held.address);
      if (found !== 0) this.release(readParcel(this.heap.memory, found));
    }
    this.control.tell(this.row, "leaving");
    this.heap[Symbol.dispose]();
    this.control.setThread(this.row, 0);
    this.control.stand(this.row);
  }

  /** Mostly small, now and then large: about the mixture of programs. */
  private size(): number {
    const dice = this.random.below(100);
    const limit = dice < 60 ? 200 : dice < 85 ? 2000 : dice < 96 ? 20_000 : dice < 99 ? 150_000 : 600_000;
    return this.random.below(Math.min(limit, this.job.largestBlock) + 1);
  }
}
