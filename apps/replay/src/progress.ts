/**
 * Tells how far the runs are: on a terminal by one line that changes, otherwise by one line for each run that is over.
 */

/** What is needed of process.stderr. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export class ProgressDisplay {
  readonly #stream: ProgressStream;
  readonly #runs: number;
  #finished = 0;

  constructor(stream: ProgressStream, runs: number) {
    this.#stream = stream;
    this.#runs = runs;
  }

  starts(trace: string, contender: string): void {
    if (this.#stream.isTTY) this.#rewrite(`[${this.#finished}/${this.#runs}] replaying ${trace} on ${contender} ...`);
  }

  /** @param outcome in a few words */
  ends(trace: string, contender: string, outcome: string): void {
    this.#finished += 1;
    const line = `[${this.#finished}/${this.#runs}] ${trace} on ${contender}: ${outcome}`;
    if (this.#stream.isTTY) this.#rewrite(line);
    else this.#stream.write(`${line}\n`);
  }

  /** Leaves the terminal as if nothing had been. */
  clear(): void {
    if (this.#stream.isTTY) this.#rewrite("");
  }

  #rewrite(line: string): void {
    this.#stream.write(`\r\u001b[K${line.slice(0, (this.#stream.columns ?? 80) - 1)}`);
  }
}
