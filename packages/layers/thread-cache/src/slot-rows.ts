/**
 * A row of words for each thread's slot, too large to be claimed for every slot that could ever be used. Rows stand in
 * pages that are acquired when the first of their slots needs one; slots are taken from the lowest up, so a few pages
 * serve all threads there are. A row belongs to its slot for ever and is zero when it is first used.
 */
import { i32, PAGE_BYTES, PAGE_NOTE, pageNote, plainExtent, struct, type Inspector, type MappedSpans, type Memory, type Root, type Visit } from "@heapwright/core";

export const SLOT_ROWS_GROUP = struct("SlotRowsGroup", {
  /** address of the page with the rows of this group of slots, or 0; CAS from 0, never changed again */
  page: i32(),
});

const LAYER = "thread-cache";

export class SlotRows {
  private readonly memory: Memory;
  private readonly owner: number;
  private readonly perPage: number;
  private readonly groups: number;
  private readonly groupsWord: number;

  /** @param rowBytes a multiple of 128, up to a page. @throws RangeError when it is more */
  constructor(
    private readonly root: Root,
    private readonly spans: MappedSpans,
    private readonly rowBytes: number,
  ) {
    if (rowBytes > PAGE_BYTES) throw new RangeError(`a row of ${rowBytes} bytes is larger than a page`);
    this.memory = root.memory;
    this.owner = spans.map.newOwner();
    this.perPage = Math.floor(PAGE_BYTES / rowBytes);
    this.groups = Math.ceil(root.threads.capacity / this.perPage);
    this.groupsWord = root.claimStruct(SLOT_ROWS_GROUP, this.groups) >>> 2;
  }

  /** Address of the row of a slot, or 0 when its page was never needed. */
  at(slot: number): number {
    const group = Math.floor(slot / this.perPage);
    const page = this.memory.load(this.groupsWord + group) >>> 0;
    if (page === 0) return 0;
    this.memory.reach(page + PAGE_BYTES - 1);
    return page + (slot - group * this.perPage) * this.rowBytes;
  }

  /** The same; acquires the page if need be. @returns 0 when there is no memory */
  make(slot: number): number {
    const made = this.at(slot);
    return made !== 0 || !this.addPage(Math.floor(slot / this.perPage)) ? made : this.at(slot);
  }

  private addPage(group: number): boolean {
    const page = this.spans.acquire(PAGE_BYTES, PAGE_BYTES);
    if (page === 0) return false;
    if (!this.spans.lastWasZero) this.memory.fill(page, PAGE_BYTES, 0);
    this.spans.map.setNote(page, pageNote(this.owner, group));
    // Success publishes the page and its zeros. Failure: another slot of the group was quicker; one page is enough.
    if (!this.memory.cas(this.groupsWord + group, 0, page)) this.spans.release(page, PAGE_BYTES);
    return true;
  }

  /** Bytes of pages that hold rows. */
  bytes(): number {
    let bytes = 0;
    for (let group = 0; group < this.groups; group++) if (this.memory.load(this.groupsWord + group) !== 0) bytes += PAGE_BYTES;
    return bytes;
  }

  /** Visits the rows of all slots that have one. */
  rowsDo(visit: (row: number, slot: number) => void): void {
    for (let slot = 0; slot < this.root.threads.capacity; slot++) {
      const row = this.at(slot);
      if (row !== 0) visit(row, slot);
    }
  }

  /** Reports the pages. Quiescent. */
  walk(visit: Visit): void {
    const rows = this.perPage * this.rowBytes;
    this.pagesDo((page, use) => {
      if (use === "in hand") {
        // whoever acquired it has died before it was needed, or after it was not
        visit({ address: page, bytes: PAGE_BYTES, state: "lost", layer: LAYER, block: 0 });
        return;
      }
      visit({ address: page, bytes: rows, state: "metadata", layer: LAYER, block: 0 });
      if (rows < PAGE_BYTES) visit({ address: page + rows, bytes: PAGE_BYTES - rows, state: "waste", layer: LAYER, block: 0 });
    });
  }

  /** Reports the same at any time. */
  inspect(to: Inspector): void {
    this.pagesDo((page, use) => to.extent(plainExtent(LAYER, use, page, PAGE_BYTES)));
  }

  /** Visits the pages that are noted as ours, and says whether rows are kept there. */
  private pagesDo(visit: (page: number, use: "metadata" | "in hand") => void): void {
    const { map } = this.spans;
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    for (let page = Math.ceil(this.root.end / PAGE_BYTES) * PAGE_BYTES; page < this.memory.end; page += PAGE_BYTES) {
      const note = map.noteAt(page);
      if (PAGE_NOTE.owner.get(note) !== this.owner) continue;
      const group = PAGE_NOTE.value.get(note);
      visit(page, group < this.groups && this.memory.load(this.groupsWord + group) >>> 0 === page ? "metadata" : "in hand");
    }
  }
}
