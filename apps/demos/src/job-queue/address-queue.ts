/**
 * A bounded queue of addresses, for any number of producers and consumers. It is a ring of words, 0 where one is empty.
 * Everybody draws a number, which is his place: producers wait until it is empty, consumers until it is full. Each place
 * is waited for by itself, so the queue needs no lock, and who waits sleeps.
 *
 * A thread that dies between drawing its number and its turn leaves a place for which a partner waits for ever: fine for
 * workers that end by themselves, not for ones that are terminated.
 */
import { i32, struct, type Heap, type Memory } from "@heapwright/core";
import { allocate } from "../allocate.js";

const QUEUE = struct("AddressQueue", {
  /** how many words follow; written once, before the queue is handed on */
  places: i32(),
  /** numbers drawn by producers; atomic add */
  puts: i32(),
  /** numbers drawn by consumers; atomic add */
  takes: i32(),
});

/** Waits are bounded and then look again, so that a lost wake-up costs time and not the program. */
const PATIENCE_MILLISECONDS = 1000;

export class AddressQueue {
  readonly #memory: Memory;
  readonly #w: number;
  readonly #places: number;

  /** The queue at `address`, as this thread sees it. */
  constructor(
    heap: Heap,
    readonly address: number,
  ) {
    this.#memory = heap.memory;
    this.#w = address >>> 2;
    this.#memory.reach(address);
    this.#places = this.#memory.u32[this.#w + QUEUE.places];
    this.#memory.reach(address + QUEUE.bytes + this.#places * 4 - 1);
  }

  /** @param places a power of two, so that the numbers may wrap at 2^32 */
  static create(heap: Heap, places: number): AddressQueue {
    const bytes = QUEUE.bytes + places * 4;
    const address = allocate(heap, bytes);
    heap.memory.fill(address, bytes, 0);
    heap.memory.u32[(address >>> 2) + QUEUE.places] = places;
    return new AddressQueue(heap, address);
  }

  /** Puts in `address`, anything but 0, and with it all that this thread has written. Waits while the queue is full. */
  put(address: number): void {
    const memory = this.#memory;
    const place = this.#draw(QUEUE.puts);
    // Success hands the block over. Failure: what was put here a round ago has not been taken yet.
    while (!memory.cas(place, 0, address)) {
      const there = memory.load(place);
      if (there !== 0) memory.wait(place, there, PATIENCE_MILLISECONDS);
    }
    memory.notify(place, Infinity); // producers of the next round may sleep here too, so all are woken
  }

  /** Takes out an address, and waits while there is none. */
  take(): number {
    const memory = this.#memory;
    const place = this.#draw(QUEUE.takes);
    for (;;) {
      const address = memory.exchange(place, 0) >>> 0;
      if (address !== 0) {
        memory.notify(place, Infinity);
        return address;
      }
      memory.wait(place, 0, PATIENCE_MILLISECONDS);
    }
  }

  #draw(counter: number): number {
    const number = this.#memory.add(this.#w + counter, 1) >>> 0;
    return this.#w + (QUEUE.bytes >>> 2) + (number % this.#places);
  }
}
