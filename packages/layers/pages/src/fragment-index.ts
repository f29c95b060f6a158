/**
 * Which fragmented pages have room, so that an allocation need not look at all of them: four rows of one bit a page. A
 * page belongs in row r when its longest run of free units has 2^r to 2^(r+1) - 1 of them.
 *
 * Rows are hints. A set bit promises nothing: who finds that the page has no such room, or is no fragmented page,
 * clears it. A clear bit does mean something, namely that no page is forgotten, by two rules. Who changes a page makes
 * sure afterwards that its bit in its row is set. Who clears a bit looks at the page once more afterwards and sets the
 * bit again if the page belongs there. So whichever of the two comes later sees what the other did. A row that a
 * thread has found empty it does not search again until something was added, which is counted after the bit is set.
 * Only a thread that is killed between its change and the end of these steps leaves a page out, until the page's room
 * changes again or the thread is reclaimed.
 */
import { PAGE_BYTES, struct, words, type Memory, type Root } from "@heapwright/core";
import { isServing, longestFree } from "./fragment-bits.js";

export const ROWS = 4;

export const FRAGMENT_ROWS = struct("FragmentRows", {
  /** how often a bit of the row was set; atomic add, after the bit */
  added: words(ROWS),
}, { align: 128 });

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
  private readonly added: number;
  private readonly bits: number;
  private readonly wordsPerRow: number;
  /** Where this thread last found or added something, word by row: searches begin there and go round. */
  private readonly cursor = [0, 0, 0, 0];
  /** What `added` was before the last search that found the row empty. */
  private readonly emptyAt = [Number.NaN, Number.NaN, Number.NaN, Number.NaN];

  constructor(
    root: Root,
    private readonly pages: RowOfPage,
    pageCount: number,
  ) {
    this.memory = root.memory;
    this.wordsPerRow = Math.ceil(pageCount / 32);
    const address = root.claim("FragmentIndex", FRAGMENT_ROWS.bytes + ROWS * this.wordsPerRow * 4, FRAGMENT_ROWS.align);
    this.added = (address >>> 2) + FRAGMENT_ROWS.added;
    this.bits = (address + FRAGMENT_ROWS.bytes) >>> 2;
  }

  /** Makes sure that a page is found in its row. */
  add(row: number, page: number): void {
    if (row < 0) return;
    const w = this.wordOf(row, page >>> 5);
    const bit = 1 << (page & 31);
    this.cursor[row] = page >>> 5;
    // An atomic load: it must not be older than the change of the page that the caller has just made.
    if ((this.memory.load(w) & bit) !== 0) return;
    this.memory.or(w, bit);
    this.announce(row);
  }

  private announce(row: number): void {
    this.memory.add(this.added + row, 1);
  }

  /** Lets every thread search all rows again. */
  announceAll(): void {
    for (let row = 0; row < ROWS; row++) this.announce(row);
  }

  /** The page was found in a row it does not belong in. */
  remove(row: number, page: number): void {
    this.memory.and(this.wordOf(row, page >>> 5), ~(1 << (page & 31)));
    if (this.pages.rowOfPage(page) === row) this.add(row, page);
  }

  /**
   * Shows pages of a row to `visit` until it answers with something other than 0.
   * @param most how many pages that belong in the row may be shown in vain; the next search goes on behind them
   * @returns that answer, or 0
   */
  search(row: number, visit: (page: number) => number, most: number): number {
    const added = this.memory.load(this.added + row);
    if (added === this.emptyAt[row]) return 0;
    const words = this.backedWords();
    let word = Math.min(this.cursor[row], words - 1);
    let inVain = 0;
    for (let i = 0; i < words; i++) {
      for (let set = this.memory.racyLoad(this.wordOf(row, word)); set !== 0; set &= set - 1) {
        const page = word * 32 + 31 - Math.clz32(set & -set);
        const answer = visit(page);
        if (answer === 0 && !this.has(row, page)) continue;
        this.cursor[row] = word;
        if (answer !== 0) return answer;
        if (++inVain >= most) return this.goOnBehind(row, word, words);
      }
      word = word + 1 < words ? word + 1 : 0;
    }
    if (inVain === 0) this.emptyAt[row] = added;
    return 0;
  }

  private goOnBehind(row: number, word: number, words: number): 0 {
    this.cursor[row] = word + 1 < words ? word + 1 : 0;
    return 0;
  }

  /** Words of a row for the pages that the buffer reaches. */
  private backedWords(): number {
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    return Math.min(this.wordsPerRow, Math.ceil(this.memory.end / (32 * PAGE_BYTES)));
  }

  /** Whether the page's bit in a row is set. Racy. */
  has(row: number, page: number): boolean {
    return (this.memory.racyLoad(this.wordOf(row, page >>> 5)) & (1 << (page & 31))) !== 0;
  }

  private wordOf(row: number, word: number): number {
    return this.bits + row * this.wordsPerRow + word;
  }
}
