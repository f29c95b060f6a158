/** The heap that churning threads share. */
import { growable, PAGE_BYTES, PAGE_NOTE, type MemoryHandle, type MemorySource, type Root, type Visit } from "@heapwright/core";
import { LargeObjects, Pages, RUNS_PROGRAM } from "@heapwright/pages";
import { attach, format, MIB, type Thread } from "./simulate.js";

export interface ChurnLayers {
  readonly pages: Pages;
  readonly large: LargeObjects;
  /** Who notes the bare spans. */
  readonly spanOwner: number;
  /** Reports the bare spans. */
  readonly spans: { walk(visit: Visit): void };
}

function build(root: Root): ChurnLayers {
  const pages = new Pages(root, RUNS_PROGRAM);
  const large = new LargeObjects(root, pages);
  const spanOwner = pages.map.newOwner();
  const walk = (visit: Visit): void => {
    for (let address = 0; address < pages.map.pages * PAGE_BYTES; address += PAGE_BYTES) {
      if (PAGE_NOTE.owner.get(pages.map.noteAt(address)) !== spanOwner) continue;
      visit({ address, bytes: PAGE_BYTES, state: "cached", layer: "test", block: 0 });
    }
  };
  return { pages, large, spanOwner, spans: { walk } };
}

export function churnHeap(source: MemorySource = growable({ initial: MIB, maximum: 40 * MIB })): Thread<ChurnLayers> {
  return format(source, build);
}

export function join(handle: MemoryHandle): Thread<ChurnLayers> {
  return attach(handle, build);
}
