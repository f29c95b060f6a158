/**
 * Which fragmented pages have room, so that an allocation need not look at all of them: four rows of one bit a page. A
 * page belongs in row r when its longest run of free units has 2^r to 2^(r+1) - 1 of them.
 *
 * Rows are hints. A set bit promises nothing: who finds that the page has no such room, or is no fragmented page,
 * clears it. A clear bit does mean something, namely that no page is forgotten, by two rules. Who changes a page makes
 * sure afterwards that its bit in its row is set. Who clears a bit looks at the page once more afterwards and sets the
 * bit again if the page belongs there. So whichever of the two comes later sees what the other did. Only a thread that
 * is killed between its change and the bit leaves a page out; the next change puts it back, and so does `reclaim`.
 */
import type { Memory, Root } from "@heapwright/core";
import { isServing, longestFree } from "./fragment-bits.js";

export const ROWS = 4;

/** The row that a page in this state belongs in; -1 for none. */
export function rowOf(word: number): number {
  return isServing(word) ? 31 - Math.clz32(longestFree(word)) : -1;
}

/** What the index must be told about pages, which change all the time. */
export interface RowOfPage {
  rowOfPage(page: number): number;
}

export class FragmentIndex {
  private readonly memory: Memory;
  private readonly base: number;
  private readonly wordsPerRow: number;
  /** Where this thread last found something, word by row: searches begin there and go round. */
  private readonly cursor = [0, 0, 0, 0];

  constructor(
    root: Root,
    private readonly pages: RowOfPage,
    pageCount: number,
  ) {
    this.memory = root.memory;
    this.wordsPerRow = Math.ceil(pageCount / 32);
    this.base = root.claim("FragmentIndex", ROWS * this.wordsPerRow * 4, 128) >>> 2;
  }

  /** Makes sure that a page is found in its row. */
  add(row: number, page: number): void {
    if (row < 0) return;
    const w = this.wordOf(row, page >>> 5);
    const bit = 1 << (page & 31);
    // An atomic load: it must not be older than the change of the page that the caller has just made.
    if ((this.memory.load(w) & bit) === 0) this.memory.or(w, bit);
  }

  /** The page was found in a row it does not belong in. */
  remove(row: number, page: number): void {
    this.memory.and(this.wordOf(row, page >>> 5), ~(1 << (page & 31)));
    if (this.pages.rowOfPage(page) === row) this.add(row, page);
  }

  /**
   * Shows all pages of a row to `visit`, once round, until it answers with something other than 0.
   * @returns that answer, or 0
   */
  search(row: number, visit: (page: number) => number): number {
    const words = this.wordsPerRow;
    for (let i = 0, word = this.cursor[row]; i < words; i++, word = word + 1 < words ? word + 1 : 0) {
      for (let set = this.memory.racyLoad(this.wordOf(row, word)); set !== 0; set &= set - 1) {
        const answer = visit(word * 32 + 31 - Math.clz32(set & -set));
        if (answer === 0) continue;
        this.cursor[row] = word;
        return answer;
      }
    }
    return 0;
  }

  /** Begins the next search of a row at a page that is known to be in it. */
  pointTo(row: number, page: number): void {
    if (row >= 0) this.cursor[row] = page >>> 5;
  }

  /** Whether the page's bit in a row is set. Racy. */
  has(row: number, page: number): boolean {
    return (this.memory.racyLoad(this.wordOf(row, page >>> 5)) & (1 << (page & 31))) !== 0;
  }

  private wordOf(row: number, word: number): number {
    return this.base + row * this.wordsPerRow + word;
  }
}
