/**
 * The direct spans of Lea's malloc, and the heap beside them, of which a thread can choose one space for what it asks for next,
 * whatever lies around all of it: what wraps a heap sees every block, from whichever space.
 */
import { DirectSpans } from "@heapwright/combine";
import type { Space } from "./space.js";

export class ChoosingSpans extends DirectSpans {
  /** Where all requests are served from as long as it is there; set for the time of one call. */
  chosen: Space | undefined = undefined;

  override allocate(bytes: number): number {
    return this.chosen === undefined ? super.allocate(bytes) : this.chosen.allocate(bytes);
  }

  override allocateAligned(alignment: number, bytes: number): number {
    return this.chosen === undefined ? super.allocateAligned(alignment, bytes) : this.chosen.allocateAligned(alignment, bytes);
  }
}
