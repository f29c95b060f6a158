/**
 * The rounds of a run, as thread 0 leads them and as the others follow. Thread 0 looks at the clock just before it comes to
 * the barrier, where the others already wait, and again when all have come back.
 */
import type { Arena } from "../workloads/arena.js";
import { decodeEvents } from "../workloads/trace-events.js";
import { UnservedError } from "../workloads/touch.js";
import type { Part, Stage } from "../workloads/workload.js";
import { workloadNamed } from "../workloads/all.js";
import { Assembly, BrokenOffError } from "./assembly.js";
import type { RunRequest } from "./request.js";
import { RoundClock } from "./round-clock.js";

/** How long a thread sleeps that waits for another inside of a round, in milliseconds. */
const NAP = 0.05;

/** What all threads of a run are given. */
export interface Company {
  readonly request: RunRequest;
  readonly assembly: Int32Array;
  readonly shared: Int32Array;
  /** The contents of the file with the recording. */
  readonly trace: Uint32Array | undefined;
}

export interface Lead {
  readonly roundNanoseconds: readonly number[];
  readonly calls: number;
  readonly checksum: number;
}

/** Thread 0. @param afterFirst called when the first round is over, while the others wait */
export function lead(company: Company, heap: Arena, afterFirst: () => void): Lead {
  const { assembly, part } = takePart(company, heap, 0);
  const clock = new RoundClock(company.request.clock);
  let checksum = 0;
  for (let round = 0, goesOn = true; goesOn; round += 1) {
    part.before?.(round);
    const start = performance.now();
    assembly.meet();
    assembly.tell(0, part.round(round));
    assembly.meet();
    const milliseconds = performance.now() - start;
    const more = part.after?.() ?? 0;
    if (round === 0) {
      checksum = (assembly.totals.sum + more) >>> 0;
      afterFirst();
    }
    goesOn = clock.goesOnAfter(milliseconds);
  }
  assembly.stop();
  assembly.meet();
  part.leave?.();
  return { roundNanoseconds: clock.counted, calls: assembly.totals.calls, checksum };
}

/** Any other thread, until it is over. */
export function follow(company: Company, heap: Arena, thread: number): void {
  const { assembly, part } = takePart(company, heap, thread);
  for (let round = 0; ; round += 1) {
    assembly.meet();
    if (assembly.stopped) break;
    assembly.tell(thread, part.round(round));
    assembly.meet();
  }
  part.leave?.();
}

/** Does `work`, and tells the others if it fails. @returns undefined when this or another thread has failed */
export function orFail<T>({ assembly: words, request }: Company, work: () => T): T | undefined {
  const assembly = new Assembly(words, request.threads);
  try {
    return work();
  } catch (error) {
    if (error instanceof BrokenOffError) return undefined;
    const cannot = error instanceof UnservedError || error instanceof WebAssembly.RuntimeError;
    assembly.fail(cannot ? "cannot" : "failed", String(error));
    return undefined;
  }
}

function takePart({ request, assembly: words, shared, trace }: Company, heap: Arena, thread: number): { assembly: Assembly; part: Part } {
  const { threads, parameters } = request;
  const assembly = new Assembly(words, threads);
  const idle: Stage["idle"] = (queue, at, seen) => {
    Atomics.wait(queue, at, seen, NAP);
    assembly.throwIfBroken();
  };
  const stage: Stage = { heap, thread, threads, parameters, shared, trace: trace && decodeEvents(trace), idle };
  return { assembly, part: workloadNamed(request.workload).part(stage) };
}
