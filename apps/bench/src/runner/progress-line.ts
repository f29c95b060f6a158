/**
 * Tells which run is on and how long the rest may take: on a terminal by one line that changes, otherwise by a line now and then.
 */
import type { Progress } from "./schedule.js";

/** What is needed of process.stderr. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Between two lines where there is no terminal. */
const PAUSE_MILLISECONDS = 5000;

export class ProgressLine implements Progress {
  readonly #stream: ProgressStream;
  readonly #start = performance.now();
  #said = -Infinity;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  begins(done: number, all: number, name: string): void {
    const now = performance.now();
    const seconds = (now - this.#start) / 1000;
    const rest = done === 0 ? "" : `, ${Math.ceil((seconds / done) * (all - done))} s to go at most`;
    const line = `[${done}/${all}, ${Math.floor(seconds)} s${rest}] ${name}`;
    if (this.#stream.isTTY) this.#stream.write(`\r\u001b[K${line.slice(0, (this.#stream.columns ?? 80) - 1)}`);
    else if (now - this.#said >= PAUSE_MILLISECONDS) {
      this.#said = now;
      this.#stream.write(`${line}\n`);
    }
  }

  /** Leaves the terminal as if nothing had been. */
  clear(): void {
    if (this.#stream.isTTY) this.#stream.write("\r\u001b[K");
  }
}
