/**
 * Where this thread is at the moment, as the number of a site. Stacks that it has met before are found by their text, so
 * taking the stack is what a site costs.
 */
import { callerFrames, currentStack } from "./stack-frames.js";
import type { SiteTable } from "./site-table.js";

/** Whether calls are remembered: none, one of so many of each thread, or all. */
export type SiteMode = "off" | "sampled" | "full";

/** Stacks that a thread remembers; a program with more than that has them looked up in shared memory each time. */
const REMEMBERED = 4096;

export class CallSites {
  private readonly met = new Map<string, number>();
  private calls = 0;
  private readonly every: number;

  /** @param every of so many calls one is remembered, when `mode` is `sampled` */
  constructor(
    private readonly table: SiteTable,
    mode: SiteMode,
    every: number,
  ) {
    this.every = mode === "off" ? 0 : mode === "full" ? 1 : every;
  }

  /** The site of the user's call that is running; 0 when it is not to be remembered or there is no room. */
  here(): number {
    if (this.every === 0 || this.calls++ % this.every !== 0) return 0;
    const stack = currentStack();
    const known = this.met.get(stack);
    if (known !== undefined) return known;
    const site = this.table.intern(callerFrames(stack));
    if (this.met.size < REMEMBERED) this.met.set(stack, site);
    return site;
  }
}
