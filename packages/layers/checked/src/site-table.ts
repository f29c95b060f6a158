/**
 * Call sites as text, shared by all threads: each is stored once, and named by a number that any thread turns back into the
 * text, also when the thread that was there is long dead. A hash table with linear probing in front of a heap of texts
 * that only grows; an entry goes from 0 to a number by one compare-and-swap and never changes again. When the table
 * is full, later sites are not stored. A thread killed while it adds one wastes the bytes of that one.
 */
import { i32, struct, type Memory, type Root } from "@heapwright/core";

export const SITE_TABLE = struct("SiteTable", {
  /** words of the texts' share given out; CAS */
  used: i32(),
}, { align: 128 });

export const SITE = struct("Site", {
  /** of the text; plain, before the site's number is published, as all below */
  hash: i32(),
  /** of the text, in UTF-16 units, which follow two to a word */
  length: i32(),
});

/** Of all bytes one in so many is spent on the hash table. */
const SHARE = 16;
const PROBES = 64;
const SITE_WORDS = SITE.bytes / 4;

export class SiteTable {
  private readonly memory: Memory;
  private readonly words: number;
  private readonly entries: number;
  /** A power of two. */
  private readonly entryCount: number;
  private readonly texts: number;
  private readonly textWords: number;

  /** @param bytes for all sites; 0: none is ever stored */
  constructor(root: Root, bytes: number) {
    this.memory = root.memory;
    this.words = root.claimStruct(SITE_TABLE) >>> 2;
    this.entryCount = bytes === 0 ? 1 : 2 ** Math.floor(Math.log2(Math.max(1, bytes / SHARE / 4)));
    this.textWords = Math.floor(bytes / 4);
    this.entries = root.claim("SiteEntries", this.entryCount * 4) >>> 2;
    this.texts = root.claim("SiteTexts", this.textWords * 4) >>> 2;
  }

  /** The number of a text, which is stored if it is new; 0 when there is no room for it. */
  intern(text: string): number {
    const hash = hashOf(text);
    let added = 0;
    for (let i = 0; i < PROBES; i++) {
      const w = this.entries + ((hash + i) & (this.entryCount - 1));
      let site = this.memory.load(w);
      if (site === 0) {
        added ||= this.add(text, hash);
        // Success publishes the text under its number. Failure: another thread's text took the entry; it may be the same.
        if (added === 0 || this.memory.cas(w, 0, added)) return added;
        site = this.memory.load(w);
      }
      if (this.memory.i32[this.wordOf(site) + SITE.hash] === hash && this.textOf(site) === text) return site;
    }
    return 0;
  }

  /** @returns the number of the stored text, not published yet */
  private add(text: string, hash: number): number {
    const need = SITE_WORDS + Math.ceil(text.length / 2);
    for (;;) {
      const used = this.memory.load(this.words + SITE_TABLE.used);
      if (used < 0 || used + need > this.textWords) return 0;
      // Success makes these words ours. Failure: somebody else stores a text; look again.
      if (!this.memory.cas(this.words + SITE_TABLE.used, used, used + need)) continue;
      this.store(this.texts + used, text, hash);
      return used + 1;
    }
  }

  private store(w: number, text: string, hash: number): void {
    const { i32: words, u16 } = this.memory;
    words[w + SITE.hash] = hash;
    words[w + SITE.length] = text.length;
    for (let i = 0; i < text.length; i++) u16[(w + SITE_WORDS) * 2 + i] = text.charCodeAt(i);
  }

  /** The text of a number that {@link intern} gave in any thread; "" for 0 and for numbers of no site. */
  textOf(site: number): string {
    const at = site - 1;
    if (at < 0 || at + SITE_WORDS > this.textWords) return "";
    const { i32: words, u16 } = this.memory;
    const length = words[this.texts + at + SITE.length];
    if (length < 0 || at + SITE_WORDS + length / 2 > this.textWords) return "";
    let text = "";
    for (let i = 0; i < length; i++) text += String.fromCharCode(u16[(this.texts + at + SITE_WORDS) * 2 + i]);
    return text;
  }

  /** A word of the texts' share, whatever number it is made of. */
  private wordOf(site: number): number {
    return this.texts + Math.min(Math.max(site - 1, 0), Math.max(this.textWords - 1, 0));
  }

  /** The bytes that stored sites take. */
  usedBytes(): number {
    return this.memory.load(this.words + SITE_TABLE.used) * 4;
  }
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
