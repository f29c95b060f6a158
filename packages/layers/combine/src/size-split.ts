/**
 * Small requests go to one allocator, large ones to another. Memory that the small one cannot find is not looked for
 * in the large one; that is what `Fallback` is for.
 */
import { integerIn, type Allocator, type Fixes, type FreesOwn, type Inspector, type SizesOwn, type Tidies, type Trims } from "@heapwright/core";
import { Pair } from "./pair.js";

/** Of an allocator that does not tell its own blocks by itself. */
const NOTHING_OWN: FreesOwn = { freeOwn: () => false };

export class SizeSplit extends Pair implements Fixes {
  readonly fixedUpTo: number;
  private readonly frees: FreesOwn;
  private readonly sizes: SizesOwn | undefined;

  /**
   * @param limit of requests to `small`, in bytes; no more than it serves, since what is between is answered 0
   * @param hoard what to tidy before the large one acquires pages, and to trim when it has run out of them: usually `small`, if it can
   * @throws RangeError for a limit that is no size
   */
  constructor(
    small: Allocator & Partial<Fixes & FreesOwn & SizesOwn>,
    large: Allocator,
    private readonly limit: number,
    private readonly hoard: (Trims & Partial<Tidies>) | undefined = undefined,
  ) {
    super(small, large);
    this.frees = small.freeOwn === undefined ? NOTHING_OWN : (small as FreesOwn);
    // a large block is longer than the limit
    this.fixedUpTo = Math.min(small.fixedUpTo ?? 0, integerIn("limit", limit, 0, 2 ** 32));
    this.sizes = small.ownSize === undefined ? undefined : (small as SizesOwn);
  }

  /** Small blocks are what most calls are about, so whose a page is is not asked twice. */
  override free(address: number): void {
    if (!this.frees.freeOwn(address)) this.freeOfEither(address);
  }

  override allocate(bytes: number): number {
    return bytes <= this.limit ? this.first.allocate(bytes) : this.allocateLarge(bytes);
  }

  private allocateLarge(bytes: number): number {
    this.hoard?.tidy?.();
    return this.second.allocate(bytes) || (this.trim() ? this.second.allocate(bytes) : 0);
  }

  override usableSize(address: number): number {
    return this.sizes?.ownSize(address) || super.usableSize(address);
  }

  /** By the size, since an allocation goes by it. */
  override isZero(address: number, bytes: number): boolean {
    return (bytes <= this.limit ? this.first : this.second).isZero(address, bytes);
  }

  private trim(): boolean {
    this.hoard?.trim();
    return this.hoard !== undefined;
  }

  /** An aligned block inside a small one needs room to be moved up in, so the sum decides. */
  override allocateAligned(alignment: number, bytes: number): number {
    if (alignment + bytes <= this.limit) return this.first.allocateAligned(alignment, bytes);
    this.hoard?.tidy?.();
    return this.second.allocateAligned(alignment, bytes) || (this.trim() ? this.second.allocateAligned(alignment, bytes) : 0);
  }

  /** What the large one could serve of small requests it is not asked for. */
  override inspect(to: Inspector): number {
    const small = Math.min(this.first.inspect(to), this.limit);
    const large = this.second.inspect(to);
    return large > this.limit ? large : small;
  }

  /** Refused when the new size belongs on the other side, so that a shrunken block does not keep a large one's pages. */
  override resize(address: number, bytes: number): boolean {
    const owner = this.ownerOf(address);
    return owner === (bytes <= this.limit ? this.first : this.second) && owner.resize(address, bytes);
  }
}
