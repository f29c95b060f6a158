// Plays a workload with one thread in this process, and has an allocator that can be told to hand out memory twice.
import { readFileSync } from "node:fs";
import type { Heap } from "@heapwright/core";
import { unpackRecording } from "../src/runner/build.js";
import type { Arena } from "../src/workloads/arena.js";
import { decodeEvents } from "../src/workloads/trace-events.js";
import type { Workload } from "../src/workloads/workload.js";

/** Every so manieth block of a {@link PlainArena} that gives twice is the one before. */
const TWICE = 5;

/** Never frees; each block lies behind the one before. */
export class PlainArena implements Arena {
  readonly memory;
  readonly #quality: "sound" | "gives twice";
  readonly #sizes = new Map<number, number>();
  #last = 64;
  #next = 64;

  constructor(quality: "sound" | "gives twice") {
    const buffer = new ArrayBuffer(2 ** 28);
    this.memory = { u8: new Uint8Array(buffer), i32: new Int32Array(buffer), end: buffer.byteLength, reach: () => false };
    this.#quality = quality;
  }

  malloc(bytes: number): number {
    const again = this.#quality === "gives twice" && this.#sizes.size % TWICE === TWICE - 1;
    const address = again ? this.#last : this.#next;
    this.#last = address;
    this.#next = Math.max(this.#next, address + ((bytes + 15) & -16)) + (again ? 16 : 0);
    this.#sizes.set(again ? -this.#next : address, bytes);
    return address;
  }

  calloc(count: number, bytes: number): number {
    const address = this.malloc(count * bytes);
    this.memory.u8.fill(0, address, address + count * bytes);
    return address;
  }

  realloc(address: number, bytes: number): number {
    const to = this.malloc(bytes);
    this.memory.u8.copyWithin(to, address, address + Math.min(bytes, this.#sizes.get(address) ?? 0));
    return to;
  }

  alignedAlloc(_alignment: number, bytes: number): number {
    return this.malloc(bytes);
  }

  free(_address: number): void {}
}

export function playAlone(workload: Workload, heap: Arena, rounds: number): { sum: number; calls: number } {
  const parameters = { ...workload.parameters, ...workload.tiny };
  const shared = new Int32Array(new SharedArrayBuffer(4 * workload.sharedWords(parameters, 1)));
  const trace = workload.recording === undefined ? undefined : eventsOf(workload.recording);
  const idle = (): never => {
    throw new Error("waits for itself");
  };
  const part = workload.part({ heap, thread: 0, threads: 1, parameters, shared, trace, idle });
  let [sum, calls] = [0, 0];
  for (let round = 0; round < (trace === undefined ? rounds : 1); round += 1) {
    part.before?.(round);
    const played = part.round(round);
    sum = (sum + played.sum + (part.after?.() ?? 0)) | 0;
    calls += played.calls;
  }
  part.leave?.();
  return { sum, calls };
}

export function liveBlocks(heap: Heap): number {
  let live = 0;
  heap.walk(({ state }) => (live += Number(state === "live")));
  return live;
}

function eventsOf(recording: string): ReturnType<typeof decodeEvents> {
  const { buffer } = new Uint8Array(readFileSync(unpackRecording(recording)));
  return decodeEvents(new Uint32Array(buffer));
}
