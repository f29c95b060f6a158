/**
 * Space for what is never given back: descriptors and the tables of hyperblocks. The first piece is header space, so
 * that a small heap spends no page on it; when that is used up, pages are acquired one by one. The one idea: a cursor
 * that only moves up, by compare-and-swap, and whose value alone says where its piece ends.
 *
 * A thread killed in here loses what it had just taken, at most a page that it acquired and could not install.
 */
import { i32, PAGE_BYTES, pageNote, struct, type MappedSpans, type Memory, type Root } from "@heapwright/core";
import { BLOCK_PLACE } from "./block-prefix.js";
import { METADATA_USE, SUPERBLOCK_PAGE } from "./hyperblock.js";

export const METADATA_ARENA = struct("MetadataArena", {
  /** address of the next free byte; CAS by any thread. Never comes back to a value it had */
  cursor: i32(),
  /** pages acquired; atomic add */
  pages: i32(),
}, { align: 128 });

const HEADER_PIECE = 4096;
/** Descriptors lie above all indices of blocks, so that the prefix of a live block is no link of a free one. */
const LOWEST_ADDRESS = BLOCK_PLACE.index.maximum + 1;

export class MetadataArena {
  private readonly memory: Memory;
  private readonly w: number;
  private readonly headerEnd: number;

  constructor(
    root: Root,
    private readonly spans: MappedSpans,
    private readonly owner: number,
  ) {
    this.memory = root.memory;
    this.w = root.claimStruct(METADATA_ARENA) >>> 2;
    const piece = root.claim("MetadataPiece", HEADER_PIECE, 64);
    this.headerEnd = piece + HEADER_PIECE;
    if (root.fresh) this.memory.i32[this.w + METADATA_ARENA.cursor] = Math.max(piece, LOWEST_ADDRESS);
  }

  /**
   * Space that is the caller's for ever, within its views.
   * @param bytes a multiple of 64, at most a page
   * @returns its address, a multiple of 64 from 1024 on, or 0 when there is no memory
   */
  allocate(bytes: number): number {
    const { memory } = this;
    const cursorWord = this.w + METADATA_ARENA.cursor;
    for (;;) {
      const cursor = memory.load(cursorWord) >>> 0;
      if (cursor + bytes <= this.endOf(cursor)) {
        // Success makes the piece ours. Failure: another thread took it, or a new page has come.
        if (!memory.cas(cursorWord, cursor, cursor + bytes)) continue;
        memory.reach(cursor + bytes - 1);
        return cursor;
      }
      const page = this.spans.acquire(PAGE_BYTES, PAGE_BYTES);
      if (page === 0) return 0;
      this.spans.map.setNote(page, pageNote(this.owner, METADATA_USE));
      // Success publishes the page, less our piece; the rest of the old one is forgotten.
      // Failure: another thread's page came first, or its piece was smaller and fitted; ours goes back.
      if (memory.cas(cursorWord, cursor, page + bytes)) {
        memory.add(this.w + METADATA_ARENA.pages, 1);
        return page;
      }
      this.spans.release(page, PAGE_BYTES);
    }
  }

  /** Whether {@link allocate} would serve so many bytes without a new page. Racy. */
  hasRoom(bytes: number): boolean {
    const cursor = this.memory.load(this.w + METADATA_ARENA.cursor) >>> 0;
    return cursor + bytes <= this.endOf(cursor);
  }

  /**
   * End of the piece that the cursor is in. A cursor at a page's boundary has used its page up: no piece starts
   * there, since whoever installs a page takes its first bytes by the same step. So has a cursor of 0, which is the end of
   * the last page below 4 GiB.
   */
  private endOf(cursor: number): number {
    if (cursor === 0) return 0;
    return cursor <= this.headerEnd ? this.headerEnd : Math.ceil(cursor / PAGE_BYTES) * PAGE_BYTES;
  }

  /** Whether the arena has such a piece; any address will do. */
  holds(address: number, bytes: number): boolean {
    const last = address + bytes - 1;
    if (address >= this.headerEnd - HEADER_PIECE && last < this.headerEnd) return true;
    const note = this.spans.map.noteAt(address);
    const ours = SUPERBLOCK_PAGE.owner.get(note) === this.owner && SUPERBLOCK_PAGE.use.get(note) === METADATA_USE;
    return ours && address % PAGE_BYTES <= PAGE_BYTES - bytes && this.memory.reach(last);
  }

  /** Bytes of the pages acquired; the header's piece is counted with the header. */
  bytes(): number {
    return this.memory.load(this.w + METADATA_ARENA.pages) * PAGE_BYTES;
  }
}
