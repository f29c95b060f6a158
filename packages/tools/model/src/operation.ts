/**
 * What a thread did, in the words of its specification: one call with its argument, its result, and when it ran. The
 * moment at which it took effect lies between its first and its last access.
 */
export interface Operation {
  readonly name: string;
  readonly argument: unknown;
  /** Undefined while it is under way, and for good if its thread was killed in it. */
  readonly result: unknown;
  readonly isComplete: boolean;
  readonly thread: number;
  /** Index of its first step in the execution. */
  readonly first: number;
  /** Index of its last step; infinite if it never ended. */
  readonly last: number;
}

/** The calls of one thread, in places that are used anew in each run. `from` and `to` count the thread's own steps. */
export class OperationLog {
  count = 0;
  readonly names: string[] = [];
  readonly arguments: unknown[] = [];
  readonly results: unknown[] = [];
  readonly from: number[] = [];
  readonly to: number[] = [];
  /** Own step with which the operation under way begins; -1: none is under way. */
  begunAt = -1;

  clear(): void {
    this.count = 0;
    this.begunAt = -1;
  }

  begin(name: string, argument: unknown, step: number): void {
    const at = this.count++;
    this.names[at] = name;
    this.arguments[at] = argument;
    this.from[at] = step;
    this.to[at] = -1;
    this.begunAt = step;
  }

  end(result: unknown, step: number): void {
    const at = this.count - 1;
    this.results[at] = result;
    this.to[at] = step;
    this.begunAt = -1;
  }

  /** How many have ended within the thread's first `length` steps. What a longer run has left behind does not count. */
  completedWithin(length: number): number {
    let completed = 0;
    while (completed < this.count && this.to[completed] >= 0 && this.to[completed] <= length) completed++;
    return completed;
  }

  /** Whether the thread, after its first `length` steps, is inside none. */
  isOutside(length: number): boolean {
    const completed = this.completedWithin(length);
    return completed === this.count || this.from[completed] >= length;
  }

  /**
   * Those that began within the thread's first `length` steps.
   * @param steps by own step: its index in the execution
   */
  list(thread: number, steps: Int32Array, length: number): Operation[] {
    const completed = this.completedWithin(length);
    const begun = completed < this.count && this.from[completed] < length ? completed + 1 : completed;
    return Array.from({ length: begun }, (_, at) => {
      const from = this.from[at];
      const isComplete = at < completed;
      const idle = this.to[at] === from;
      // without any access it took place right after the access before it
      const between = from === 0 ? -0.5 : steps[from - 1] + 0.5;
      return {
        name: this.names[at], argument: this.arguments[at], result: isComplete ? this.results[at] : undefined, isComplete, thread,
        first: idle ? between : steps[from],
        last: !isComplete ? Infinity : idle ? between : steps[this.to[at] - 1],
      };
    });
  }
}
