/**
 * A table from a request in bytes to a size class and back. Pure arithmetic: it holds nothing that threads could
 * share, and every thread that makes it from the same numbers has the same one.
 */
export interface SizeClasses {
  /** Number of classes; they are numbered from 0, in ascending size. */
  readonly count: number;
  /** Largest request that has a class, in bytes: the size of the last one. */
  readonly maximum: number;
  /**
   * The smallest class whose blocks hold `bytes`. Constant time.
   * @param bytes an integer from 0 to {@link maximum}; not checked, because whoever asks has compared already
   */
  classOf(bytes: number): number;
  /** Size of the blocks of a class, in bytes. @param sizeClass 0 to `count - 1` */
  bytesOf(sizeClass: number): number;
}
