/**
 * Plays a recording up to a point, so that one can look at the heap as it is there: in the order of the recording, on one
 * thread, but with an attachment for each recorded thread, so that what threads keep for themselves is spread as it was.
 */
import type { Heap, Preset } from "@heapwright/core";
import { EventKind, type Trace } from "@heapwright/trace";

/** A request was answered by 0; the message says which. */
export class NotServedError extends Error {
  override readonly name = "NotServedError";
}

/**
 * @param heap a new one; the first recorded thread uses it
 * @param events how many to play
 * @throws NotServedError
 */
export function playUntil(trace: Trace, heap: Heap, preset: Pick<Preset, "attach">, events: number): void {
  const { kind, thread, block, size, other } = trace.events;
  const heaps = [heap];
  const addresses = new Uint32Array(trace.summary.blocks + 1);
  for (let i = 0; i < events; i++) {
    const mine = (heaps[thread[i]] ??= preset.attach(heap.handle));
    if (kind[i] === EventKind.free) {
      mine.free(addresses[block[i]]);
      continue;
    }
    const address = allocate(mine, kind[i] as EventKind, size[i], kind[i] === EventKind.realloc ? addresses[other[i]] : other[i]);
    if (address === 0) throw new NotServedError(`event ${i}: ${size[i]} bytes were not served`);
    addresses[block[i]] = address;
  }
}

function allocate(heap: Heap, kind: EventKind, size: number, other: number): number {
  if (kind === EventKind.malloc) return heap.malloc(size);
  if (kind === EventKind.calloc) return heap.calloc(other, size);
  return kind === EventKind.alignedAlloc ? heap.alignedAlloc(other, size) : heap.realloc(other, size);
}
