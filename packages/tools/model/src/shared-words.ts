/**
 * Which words threads share: those that one writes and another touches, as far as executions have shown. Learned while
 * exploring, and applied by beginning anew: an exploration that has taken a shared word for a private one has missed
 * switches, and one in which nothing new was learned has not.
 */
import { mayWrite } from "./access-kinds.js";

export class SharedWords {
  /** Whether words have turned out to be shared that are not yet treated so. */
  learned = false;
  /** By word: the threads that touched it, a bit each. */
  private readonly touched: Uint8Array;
  private readonly written: Uint8Array;
  private readonly shared: Uint8Array;

  constructor(words: number) {
    this.touched = new Uint8Array(words);
    this.written = new Uint8Array(words);
    this.shared = new Uint8Array(words);
  }

  note(thread: number, kind: number, w: number, span: number): void {
    const { touched, written, shared } = this;
    for (let at = w; at < w + span; at++) {
      const who = (touched[at] |= 1 << thread);
      if (mayWrite(kind)) written[at] = 1;
      if (written[at] === 1 && shared[at] === 0 && (who & (who - 1)) !== 0) this.learned = true;
    }
  }

  apply(): void {
    const { touched, written, shared } = this;
    for (let w = 0; w < shared.length; w++) {
      if (written[w] === 1 && (touched[w] & (touched[w] - 1)) !== 0) shared[w] = 1;
    }
    this.learned = false;
  }

  has(w: number, span: number): boolean {
    return this.shared[w] === 1 || (span > 1 && this.shared[w + 1] === 1);
  }
}
