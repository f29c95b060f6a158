/**
 * The acceptance test of coalescing, which heap_2 was extended for in 2011: many small allocations, all freed, then one of
 * nearly the whole heap. A heap that merges serves it, heap_2 must refuse it. Each phase is timed, the best of some rounds
 * on fresh heaps: filling, freeing in the order of allocation or crosswise, and the large request.
 */
import { rtosHeap, type RtosHeap, type RtosHeapOptions } from "@heapwright/rtos-heap";

type Form = NonNullable<RtosHeapOptions["form"]>;

const FORMS: readonly Form[] = ["heap_2", "heap_2-coalescing", "heap_4"];
const ORDERS = ["in order", "crosswise"] as const;
const HEAP_BYTES = [4096, 65_536, 2 ** 20];
const SMALL = 28;
/** Of the whole heap, what the one large request asks for. */
const NEARLY = 0.95;
/** A prime that no number of blocks is a multiple of, so that steps of it reach every block. */
const STRIDE = 7919;
const ROUNDS = 5;
const WARM_UP_BYTES = 2 ** 18;

type Order = (typeof ORDERS)[number];

/** What one round did, times in milliseconds. */
interface Round {
  readonly blocks: number;
  readonly filling: number;
  readonly freeing: number;
  readonly asking: number;
  readonly freeBlocks: number;
  readonly largestFree: number;
  readonly served: boolean;
}

/** Prints a row for each form, size and order. @returns whether every large request was served or refused as it must be */
export function acceptance(): boolean {
  // so that the first rows do not measure the engine
  for (const order of ORDERS) for (const form of FORMS) runRound(form, WARM_UP_BYTES, order);
  const cases = HEAP_BYTES.flatMap((bytes) => ORDERS.flatMap((order) => FORMS.map((form) => ({ form, bytes, order }))));
  const rows = cases.map(({ form, bytes, order }) => {
    const rounds = Array.from({ length: ROUNDS }, () => runRound(form, bytes, order));
    const [{ blocks, freeBlocks, largestFree }] = rounds;
    return {
      form, "heap bytes": bytes, "small blocks": blocks, freed: order,
      "ns / malloc": perBlock(rounds, "filling"), "ns / free": perBlock(rounds, "freeing"),
      "free blocks": freeBlocks, "largest free": largestFree,
      "asked for": large(bytes), "us": Math.round(Math.min(...rounds.map(({ asking }) => asking)) * 1e3),
      outcome: outcome(form, rounds),
    };
  });
  console.table(rows);
  const ok = rows.every(({ outcome }) => !outcome.includes("WRONG"));
  console.log(ok ? "heap_2 refused every large request, and the forms that merge served it." : "Some requests were NOT answered as they must be.");
  return ok;
}

function runRound(form: Form, heapBytes: number, order: Order): Round {
  const heap = rtosHeap.create({ form, heapBytes, maximumThreads: 1 });
  const blocks: number[] = [];
  const filling = timed(() => {
    for (let block = heap.malloc(SMALL); block !== 0; block = heap.malloc(SMALL)) blocks.push(block);
  });
  const freeing = timed(() => freeAll(heap, blocks, order));
  const { freeBlocks, largestFreeBlockBytes: largestFree } = heap.heapStats();
  let served = false;
  const asking = timed(() => (served = heap.malloc(large(heapBytes)) !== 0));
  heap.check();
  return { blocks: blocks.length, filling, freeing, asking, freeBlocks, largestFree, served };
}

function freeAll(heap: RtosHeap, blocks: readonly number[], order: Order): void {
  const stride = order === "in order" ? 1 : STRIDE;
  for (let i = 0; i < blocks.length; i++) heap.free(blocks[(i * stride) % blocks.length]);
}

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function perBlock(rounds: readonly Round[], phase: "filling" | "freeing"): number {
  return Math.round((Math.min(...rounds.map((round) => round[phase])) * 1e6) / rounds[0].blocks);
}

function large(heapBytes: number): number {
  return Math.floor(heapBytes * NEARLY);
}

function outcome(form: Form, rounds: readonly Round[]): string {
  const expected = form !== "heap_2";
  const answer = expected ? "served" : "refused";
  return rounds.every(({ served }) => served === expected) ? answer : `WRONG: not ${answer}`;
}
