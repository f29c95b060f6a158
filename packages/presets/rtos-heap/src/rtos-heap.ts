/**
 * The heaps of FreeRTOS, for programs that know how much memory they may ever have: one arena of a fixed size, one list
 * of free blocks. `heap_2` takes the smallest block that fits and never merges any; `heap_4` takes the lowest one and
 * merges at once; between them stands heap_2 with merging, an experiment of 2011 that came before heap_4. Everything is
 * in the layers; this is how they fit together.
 */
import { growable, integerIn, oneOf, PAGE_BYTES, type HeapOptions } from "@heapwright/core";
import { AddressOrdered, CoalescingHeap, SizeOrdered, type CoalesceOptions } from "@heapwright/coalesce";
import { Counted, DeferredFrees, definePreset, Locked, type PresetOf } from "@heapwright/combine";
import { Pages } from "@heapwright/pages";
import { FutexLock, LOCK } from "@heapwright/sync";
import { ReportingHeap, type ReportingComposition, type RtosHeap } from "./reporting-heap.js";

/** Where FreeRTOS's template has 4096 for a microcontroller. */
const DEFAULT_HEAP_BYTES = 2 ** 20;
/** For the header, whatever number of threads and pages it has to provide for. Address space only. */
const HEADER_ROOM = 2 ** 21;
const LARGEST_HEAP_BYTES = 2 ** 32 - HEADER_ROOM;
/** A rest is split off when it is larger than the smallest block, not when it is as large. */
const SMALLEST_BLOCK = 16;
const SMALLEST_REST = 32;

type Form = "heap_2" | "heap_2-coalescing" | "heap_4";

const FORMS: Readonly<Record<Form, Pick<CoalesceOptions, "fit" | "coalesce">>> = {
  heap_2: { fit: SizeOrdered, coalesce: "none" },
  "heap_2-coalescing": { fit: SizeOrdered, coalesce: "both" },
  heap_4: { fit: AddressOrdered, coalesce: "both" },
};

export interface RtosHeapOptions extends HeapOptions {
  /**
   * `heap_2`: best fit, free blocks are never merged. `heap_2-coalescing`: best fit, merged with both neighbours.
   * `heap_4`: the lowest block that fits, merged with both neighbours. Default `heap_4`.
   */
  form?: Form;
  /** Size of the arena, 64 to 2^32 - 2^21, rounded down to a multiple of 16; 32 bytes of it are the arena's own. Default 2^20. */
  heapBytes?: number;
}

interface RtosHeapSettings extends Record<string, string | number | boolean> {
  form: Form;
  heapBytes: number;
}

export const rtosHeap: PresetOf<RtosHeap, RtosHeapOptions> = definePreset<RtosHeapOptions, RtosHeapSettings, ReportingComposition, RtosHeap>(
  {
    name: "rtos-heap",
    progress: "blocking",

    settings: ({ form = "heap_4", heapBytes = DEFAULT_HEAP_BYTES }) => ({
      form: oneOf("form", form, ["heap_2", "heap_2-coalescing", "heap_4"]),
      heapBytes: Math.floor(integerIn("heapBytes", heapBytes, 64, LARGEST_HEAP_BYTES) / 16) * 16,
    }),

    /** The arena and the header, and nothing to grow into. */
    memory: ({ heapBytes }) => growable({ initial: PAGE_BYTES, maximum: Math.ceil(heapBytes / PAGE_BYTES) * PAGE_BYTES + HEADER_ROOM }),

    build(root, { form, heapBytes }) {
      const pages = new Pages(root);
      const arena = new CoalescingHeap(root, pages, {
        ...FORMS[form],
        arena: "fixed",
        spanBytes: heapBytes,
        minimumBlockBytes: SMALLEST_BLOCK,
        minimumRestBytes: SMALLEST_REST,
      });
      const counted = new Counted(root, arena, "ignored");
      const lock = new FutexLock(root.memory, root.claimStruct(LOCK), root.threads.id);
      const locked = new Locked(counted, lock, new DeferredFrees(root));
      return { pages, allocator: locked, locked, arena, counted };
    },
  },
  ReportingHeap,
);
