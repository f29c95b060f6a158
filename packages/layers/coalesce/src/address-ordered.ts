/**
 * First fit over all free blocks in ascending address, the policy of FreeRTOS heap_4: low addresses fill up first, and
 * the high ones have time to become free as a whole.
 */
import type { Root } from "@heapwright/core";
import { OrderedList } from "./ordered-list.js";

export class AddressOrdered extends OrderedList {
  constructor(root: Root) {
    super(root, "address-ordered list");
  }

  protected override staysBefore(filed: number, _filedBytes: number, block: number): boolean {
    return filed < block;
  }

  override resize(): void {
    // the address decides the place, and it has not changed
  }
}
