/**
 * What the threads of a replay tell each other, in shared memory outside the heap under test: where each block is, how
 * far each thread has come, and whether anybody has failed. The one idea: nobody waits without a bound and without
 * looking at the stop flag, so that one failure, or one dead thread, ends the run for all.
 *
 * Threads may run apart only by {@link WINDOW} events of the trace. Without that bound a thread that only allocates could
 * run ahead of the one that frees, and the heap would be blamed for a peak that the program never had. No two threads can
 * wait for each other in a ring: a wait is always for an event that comes earlier in the trace.
 */
export const WINDOW = 8192;

const STOP = 0;
const ARRIVED = 1;
const CONTROL_WORDS = 32; // the words below change often and others are read often: keep them apart
const POSITION_WORDS = 32;
const SPINS = 200;
const NAP_MILLISECONDS = 10;
const FINISHED = 2 ** 31 - 1;

/** The shared memory of a {@link ReplayBoard}. Structured-cloneable. */
export interface ReplayBoardHandle {
  readonly buffer: SharedArrayBuffer;
  readonly threads: number;
}

export class ReplayBoard {
  readonly handle: ReplayBoardHandle;
  readonly #control: Int32Array;
  readonly #positions: Int32Array;
  /** By block number; 0: not there yet. Who makes or ends a block that no other thread touches may access it plainly. */
  readonly addresses: Int32Array;

  static create(threads: number, blocks: number): ReplayBoard {
    const words = CONTROL_WORDS + threads * POSITION_WORDS + blocks + 1;
    return new ReplayBoard({ buffer: new SharedArrayBuffer(words * 4), threads });
  }

  constructor(handle: ReplayBoardHandle) {
    const positions = CONTROL_WORDS * 4;
    this.handle = handle;
    this.#control = new Int32Array(handle.buffer, 0, CONTROL_WORDS);
    this.#positions = new Int32Array(handle.buffer, positions, handle.threads * POSITION_WORDS);
    this.addresses = new Int32Array(handle.buffer, positions + this.#positions.byteLength);
  }

  get stopped(): boolean {
    return Atomics.load(this.#control, STOP) !== 0;
  }

  /** Ends the run: every wait returns. */
  stop(): void {
    Atomics.store(this.#control, STOP, 1);
  }

  /** Index in the trace of the event that the thread has come to, give or take a step. */
  position(thread: number): number {
    return Atomics.load(this.#positions, thread * POSITION_WORDS);
  }

  /** The event at which the thread is now; those that wait for it to come so far are woken. */
  moveTo(thread: number, event: number): void {
    Atomics.store(this.#positions, thread * POSITION_WORDS, event);
    Atomics.notify(this.#positions, thread * POSITION_WORDS);
  }

  /** The thread has no events left, and holds up nobody. */
  finish(thread: number): void {
    this.moveTo(thread, FINISHED);
  }

  /** Tells where a block is, to a thread that may be waiting for it. */
  publish(block: number, address: number): void {
    Atomics.store(this.addresses, block, address);
    Atomics.notify(this.addresses, block);
  }

  /** Waits for a block of another thread. @returns its address, or 0 when the run has been stopped */
  find(block: number): number {
    for (let spin = 0; spin < SPINS; spin += 1) {
      const address = Atomics.load(this.addresses, block);
      if (address !== 0) return address >>> 0;
    }
    while (!this.stopped) {
      Atomics.wait(this.addresses, block, 0, NAP_MILLISECONDS);
      const address = Atomics.load(this.addresses, block);
      if (address !== 0) return address >>> 0;
    }
    return 0;
  }

  /** Moves to `event`, and waits there until no thread is more than {@link WINDOW} behind. */
  keepPace(thread: number, event: number): void {
    this.moveTo(thread, event);
    for (let other = 0; other < this.handle.threads; other += 1) {
      const word = other * POSITION_WORDS;
      for (;;) {
        const position = Atomics.load(this.#positions, word);
        if (position >= event - WINDOW || this.stopped) break;
        Atomics.wait(this.#positions, word, position, NAP_MILLISECONDS);
      }
    }
  }

  /**
   * A line that all threads reach before one goes on. Lines are numbered from 1, and every thread comes to all of them.
   * @returns false when the run has been stopped
   */
  meet(line: number): boolean {
    const last = line * this.handle.threads;
    if (Atomics.add(this.#control, ARRIVED, 1) + 1 === last) Atomics.notify(this.#control, ARRIVED);
    for (;;) {
      if (this.stopped) return false;
      const arrived = Atomics.load(this.#control, ARRIVED);
      if (arrived >= last) return true;
      Atomics.wait(this.#control, ARRIVED, arrived, NAP_MILLISECONDS);
    }
  }
}
