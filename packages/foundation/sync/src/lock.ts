/**
 * What every lock offers. A lock object is one thread's handle on a lock word that threads share; it remembers whose it
 * is, so that the word can name the holder and a dead holder's lock can be taken over.
 *
 * A lock that is taken over was held in the middle of something. Therefore {@link Lock.inherit} does not free it but
 * makes the caller its holder: to audit and repair what the lock guards, and only then to let others in.
 */
export interface Lock {
  /** Takes the lock if it is free. @returns whether the caller holds it now */
  tryAcquire(): boolean;
  /**
   * Takes the lock, however long that lasts. For threads that may not sleep it is a spin without a bound: use
   * {@link acquireWithin} wherever such a thread may come by.
   * @throws HeapCorruptionError when the calling thread holds it already
   */
  acquire(): void;
  /**
   * Takes the lock, or gives up after so many rounds. A round is one look at the lock and one pause, which lasts at
   * most `LONGEST_PAUSE` milliseconds beyond what the scheduler adds, and is a short spin where sleeping is not
   * allowed. A lock may begin to count again when it sees that it was released and others were quicker: then it waits
   * for as long as they are, but never for one that is dead.
   * @param rounds 0 or more; with 0 it is {@link tryAcquire}
   * @returns whether the caller holds it now
   */
  acquireWithin(rounds: number): boolean;
  /** Gives the lock back. @throws HeapCorruptionError when the caller does not hold it; nothing is changed then */
  release(): void;
  /** Id of the thread that holds it, 0 when free; as of a moment ago. */
  holder(): number;
  /**
   * Takes the lock over from a thread that is dead, if that thread holds it. Whoever waits goes on waiting.
   * @returns whether the caller holds it now, and so has to repair what it guards, and to release it
   */
  inherit(deadId: number): boolean;
  /**
   * Frees the lock if the dead thread `deadId` holds it: only for what cannot be left half done.
   * @returns whether it was so
   */
  breakIfHeldBy(deadId: number): boolean;
}
