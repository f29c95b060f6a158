/** The most memory that an allocator has taken, in bytes, by two measures: whoever cannot tell one lacks it. */
export interface TakenMemory {
  /**
   * What has been touched, as Linux tells of all alike: of heaps and modules, of the mapping of their buffer, which they do not give
   * back; of native ones, how much more the process has than before, each time when it was looked at (native/memory.c).
   */
  readonly residentBytes?: number;
  /**
   * What was taken to be used, touched or not, as each tells by itself: a heap its pages and header, unless it is an arena of
   * fixed length; a module the length of its memory; a native one what its own interface says.
   */
  readonly mappedBytes?: number;
}
