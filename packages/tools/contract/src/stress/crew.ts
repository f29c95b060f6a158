/**
 * The workers of a stress run as the main thread sees them: hired into rows, watched for errors and for signs of life,
 * ended or killed. Every wait here has a limit and a message that says which worker did what last, so that a heap that
 * hangs fails a test instead of hanging it.
 */
import type { Heap, HeapHandle } from "@heapwright/core";
import { ContractViolation, demand } from "../violation.js";
import { type Control } from "./control.js";
import type { StressJob } from "./stress-worker.js";

/** A thread that runs `stressWorker`; a Worker of node:worker_threads is one. */
export interface StressThread {
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "exit", listener: (code: number) => void): unknown;
  terminate(): PromiseLike<unknown>;
}

/** Starts a thread that calls `stressWorker(preset, job)`. */
export type StartStressWorker = (job: StressJob) => StressThread | PromiseLike<StressThread>;

/** What all workers of a crew are told alike. */
export type Orders = Pick<StressJob, "rampMilliseconds" | "work" | "restlessness" | "largestBlock">;

interface Member {
  readonly thread: StressThread;
  ended: "no" | "yes";
  /** Operations when they were last looked at, and when they last had changed. */
  operations: number;
  movedAt: number;
}

/** Milliseconds between two looks at what is waited for. */
const GLANCE = 2;

export class Crew {
  readonly #members = new Map<number, Member>();
  readonly #failures: Error[] = [];
  /** What has happened to the crew last, as the end of a sentence about a worker that hangs. */
  circumstance = "with nobody killed";

  constructor(
    private readonly heap: Heap,
    readonly control: Control,
    private readonly start: StartStressWorker,
    private readonly orders: Orders,
    /** Milliseconds without a sign of life after which a worker is given up. */
    private readonly patience: number,
  ) {}

  /** Starts a worker for a row, whose slots may hold the blocks of a predecessor. */
  async hire(row: number, seed: number, lifetime: number): Promise<void> {
    const { control, orders } = this;
    control.setThread(row, 0);
    control.begin(row, "starting");
    control.stand(row);
    const job: StressJob = { ...orders, handle: this.handleFor(row), control: control.buffer, rows: control.rows, row, seed, lifetime };
    const thread = await this.start(job);
    const member: Member = { thread, ended: "no", operations: control.operationsOf(row), movedAt: performance.now() };
    thread.on("error", (error) => this.#failures.push(error));
    thread.on("exit", () => (member.ended = "yes"));
    this.#members.set(row, member);
  }

  /** On a WebAssembly memory every other row goes without the helper, so that both ways of reaching a word meet. */
  private handleFor(row: number): HeapHandle {
    const { handle } = this.heap;
    if (handle.memory.kind !== "wasm" || row % 2 === 0) return handle;
    return { ...handle, memory: { ...handle.memory, helper: "never" } };
  }

  hasEnded(row: number): boolean {
    return this.#members.get(row)?.ended === "yes";
  }

  /** Whether the worker of a row has ended or was killed, or there never was one. */
  isVacant(row: number): boolean {
    return this.#members.get(row)?.ended !== "no";
  }

  /** Rows whose worker has joined the heap. */
  running(): number[] {
    return this.rows().filter((row) => !this.hasEnded(row) && this.control.threadOf(row) !== 0);
  }

  rows(): number[] {
    return [...this.#members.keys()];
  }

  /** Waits, and watches all workers meanwhile. @throws what a worker failed with, or when one gives no sign of life */
  async watch(milliseconds: number): Promise<void> {
    const end = performance.now() + milliseconds;
    do {
      await sleep(Math.min(GLANCE, milliseconds));
      this.glance();
    } while (performance.now() < end);
  }

  private glance(): void {
    const [failure] = this.#failures;
    if (failure !== undefined) throw new ContractViolation(`a worker failed: ${failure.message}`, { cause: failure });
    for (const [row, member] of this.#members) {
      const operations = this.control.operationsOf(row);
      if (operations !== member.operations || member.ended === "yes") {
        member.operations = operations;
        member.movedAt = performance.now();
      }
      demand(performance.now() - member.movedAt < this.patience, () => `${this.describe(row)} has given no sign of life for ${this.patience} ms, ${this.circumstance}`);
    }
  }

  private describe(row: number): string {
    const { control } = this;
    return `the worker of row ${row} (thread ${control.threadOf(row)}, ${control.doing(row)} after ${control.operationsOf(row)} operations)`;
  }

  /** Waits until every one of `rows` has done something, at most so many milliseconds. @returns whether they all have */
  async awaitProgress(rows: readonly number[], milliseconds = Infinity): Promise<boolean> {
    const end = performance.now() + milliseconds;
    const before = rows.map((row) => this.control.operationsOf(row));
    const moved = (): boolean => rows.every((row, i) => this.control.operationsOf(row) !== before[i] || this.hasEnded(row));
    await this.until(() => moved() || performance.now() >= end);
    return moved();
  }

  /** Runs `action` while no worker is in a call of the heap. */
  async whileAllStand<T>(action: () => T): Promise<T> {
    this.control.pause();
    await this.until(() => this.rows().every((row) => this.control.isStanding(row) || this.hasEnded(row)));
    try {
      return action();
    } finally {
      this.control.resume();
    }
  }

  /** Waits until all of `rows` have joined the heap. */
  async awaitStart(rows: readonly number[]): Promise<void> {
    await this.until(() => rows.every((row) => this.control.threadOf(row) !== 0 || this.hasEnded(row)));
  }

  /** Tells all workers to come to an end, and waits until they have. */
  async dismiss(): Promise<void> {
    this.control.stop();
    await this.until(() => this.rows().every((row) => this.hasEnded(row)));
  }

  /** Needs no limit of its own: whoever keeps the condition from coming true gives no sign of life, and is found by that. */
  private async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.watch(GLANCE);
    this.glance();
  }

  /**
   * Kills the worker of a row, wherever it is; the order is given before the first await.
   * @returns its id in the heap; 0 if it has left, or died before it could tell
   */
  async kill(row: number): Promise<number> {
    const { thread } = this.#members.get(row)!;
    demand(await settles(thread.terminate(), this.patience), () => `${this.describe(row)} could not be terminated`);
    this.#members.delete(row);
    return this.control.threadOf(row);
  }

  /** For the end of a run that failed. */
  async killAll(): Promise<void> {
    await Promise.all(this.rows().map((row) => settles(this.#members.get(row)!.thread.terminate(), this.patience)));
    this.#members.clear();
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Whether `promise` settles in time. */
async function settles(promise: PromiseLike<unknown>, milliseconds: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), milliseconds)));
  const settled = await Promise.race([Promise.resolve(promise).then(() => true), late]);
  clearTimeout(timer);
  return settled;
}
