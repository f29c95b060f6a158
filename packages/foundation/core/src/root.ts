/**
 * The header of a heap, and how layers get their share of it. Every thread runs the same constructors in the same
 * order, each of which claims header space; so all arrive at the same addresses without anything being looked up. The
 * composition is the schema. A hash over all claims is kept in the header: a thread whose composition differs in
 * anything is refused.
 *
 * The thread that formats writes {@link ROOT.magic} last; a buffer without it holds no heap.
 */
import { ADDRESS_SPACE } from "./sources.js";
import { AttachError } from "./errors.js";
import { HASH_START, hashText } from "./hash.js";
import { i32, struct, words, type StructInfo } from "./layout.js";
import type { Memory } from "./memory.js";
import { PAGE_BYTES } from "./page-note.js";
import { ThreadRegistry, threadsBytes } from "./threads.js";

const NAME_BYTES = 32;

export const ROOT = struct("Root", {
  /** 0x50414548, "HEAP" in bytes; stored last by the thread that formats */
  magic: i32(),
  /** version of the header and of the layouts; written once, before magic, as all below */
  version: i32(),
  /** name of the preset in ASCII, padded with zeros */
  preset: words(NAME_BYTES / 4),
  /** hash of the options that the heap was made with */
  optionsHash: i32(),
  /** hash of the names, places and sizes of all claims */
  layoutHash: i32(),
  /** address behind the last claim */
  headerEnd: i32(),
  /** last address that there was when the heap was made */
  last: i32(),
}, { align: 128, bytes: 128 });

const MAGIC = 0x50414548;
/** Raised with every change of a layout or of the meaning of a word. */
export const FORMAT_VERSION = 1;

/** What a heap is, for {@link Root} to write into the header or to compare with it. */
export interface Identity {
  /** Up to 32 ASCII characters. */
  readonly preset: string;
  /** All options that influence a layout, in a canonical form. */
  readonly options: string;
  readonly maximumThreads: number;
}

export class Root {
  /** Address of the header. */
  readonly address: number;
  readonly threads: ThreadRegistry;
  #cursor: number;
  #layoutHash = HASH_START;

  private constructor(
    readonly memory: Memory,
    /** True in the thread that formats: words are zero, and layers write their first values. */
    readonly fresh: boolean,
    private readonly identity: Identity,
    private readonly zeroFrom: number,
  ) {
    this.address = alignUp(memory.base, ROOT.align);
    this.#cursor = this.address;
    this.claimStruct(ROOT);
    const threads = this.claim("Threads", threadsBytes(identity.maximumThreads), 128);
    this.threads = new ThreadRegistry(memory, threads, identity.maximumThreads);
  }

  /**
   * Starts a new heap; whatever the memory held is lost.
   * @param zeroFrom bytes from this address on are known to be zero
   */
  static format(memory: Memory, identity: Identity, zeroFrom: number): Root {
    return new Root(memory, true, identity, zeroFrom);
  }

  /** Joins a heap. @throws AttachError naming what differs */
  static attach(memory: Memory, identity: Identity): Root {
    const at = alignUp(memory.base, ROOT.align);
    refuseOther(memory, at, identity);
    return new Root(memory, false, identity, ADDRESS_SPACE);
  }

  /** First address behind the header. Known once the thread that formats has {@link seal}ed it; before that, 0. */
  get end(): number {
    return this.memory.i32[(this.address >>> 2) + ROOT.headerEnd] >>> 0;
  }

  /** Whether the bytes from `address` on have never been written before this heap was made. */
  isZeroFrom(address: number): boolean {
    return address >= this.zeroFrom;
  }

  /**
   * Header space for a layer, zeroed when fresh. It never moves and lies within every thread's views.
   * @param name of the structure; part of the layout hash
   * @param bytes may depend on options and on the memory's maximum only
   * @param alignment a power of two
   * @returns its address
   * @throws RangeError when the memory is too small for it
   */
  claim(name: string, bytes: number, alignment = 8): number {
    const address = alignUp(this.#cursor, alignment);
    const end = address + bytes;
    // in whole pages where possible: so no thread's views end in the middle of one, but at the memory's own end
    if (!this.memory.grow(alignUp(end, PAGE_BYTES)) && !this.memory.grow(end)) {
      throw new RangeError(`the memory is too small: ${this.memory.end} bytes, at most ${this.memory.maximumBytes} (maximumBytes), and the header needs ${end} or more`);
    }
    this.#cursor = end;
    this.#layoutHash = hashText(this.#layoutHash, `${name}@${address - this.address}+${bytes};`);
    if (this.fresh && !this.isZeroFrom(address)) this.memory.fill(address, bytes, 0);
    return address;
  }

  /** Header space for `count` consecutive structures. */
  claimStruct(layout: StructInfo, count = 1): number {
    return this.claim(layout.name, layout.bytes * count, layout.align);
  }

  /** Ends construction: the header is complete, or is compared with what this thread arrived at. @throws AttachError */
  seal(): void {
    const { memory } = this;
    const w = this.address >>> 2;
    if (!this.fresh) {
      if (memory.i32[w + ROOT.layoutHash] === this.#layoutHash && this.end === this.#cursor) return;
      this.threads.leave();
      throw new AttachError("layout", "this build of the preset lays a heap out in another way");
    }
    memory.i32[w + ROOT.version] = FORMAT_VERSION;
    memory.u8.set(Uint8Array.from(this.identity.preset, (c) => c.charCodeAt(0)), (w + ROOT.preset) * 4);
    memory.i32[w + ROOT.optionsHash] = hashText(HASH_START, this.identity.options);
    memory.i32[w + ROOT.layoutHash] = this.#layoutHash;
    memory.i32[w + ROOT.headerEnd] = this.#cursor;
    memory.i32[w + ROOT.last] = memory.end - 1;
    memory.store(w + ROOT.magic, MAGIC);
  }
}

function refuseOther(memory: Memory, at: number, identity: Identity): void {
  const w = at >>> 2;
  if (!memory.reach(at + ROOT.bytes - 1) || memory.load(w + ROOT.magic) !== MAGIC) {
    throw new AttachError("magic", "the buffer holds no heap at this base address");
  }
  const version = memory.i32[w + ROOT.version];
  if (version !== FORMAT_VERSION) {
    throw new AttachError("version", `the heap has format version ${version}, this library reads version ${FORMAT_VERSION}`);
  }
  const found = nameAt(memory, (w + ROOT.preset) * 4);
  if (found !== identity.preset) {
    throw new AttachError("preset", `the buffer holds a heap of preset "${found}", not "${identity.preset}"`);
  }
  if (memory.i32[w + ROOT.optionsHash] !== hashText(HASH_START, identity.options)) {
    throw new AttachError("options", `the heap was made with other options than ${identity.options}`);
  }
  if (!memory.reach(memory.i32[w + ROOT.last] >>> 0)) {
    throw new AttachError("layout", "the buffer has become shorter");
  }
}

function nameAt(memory: Memory, address: number): string {
  return String.fromCharCode(...memory.u8.subarray(address, address + NAME_BYTES)).replace(/\0.*/s, "");
}

function alignUp(address: number, alignment: number): number {
  return Math.ceil(address / alignment) * alignment;
}
