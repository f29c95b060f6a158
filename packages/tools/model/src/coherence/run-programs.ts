/**
 * Runs one program on each core of a machine: always the one whose clock shows least goes on, by one whole operation. What
 * is an operation the programs say, by what they do between two yields.
 */
import type { Machine } from "./machine.js";

/**
 * Runs all to their ends, and so that the same programs give the same times again.
 * @param programs the first for core 0, and so on; each yields after every operation, of which none may wait for another core's
 * @throws RangeError for more programs than cores
 */
export function runPrograms(machine: Machine, programs: readonly Iterator<unknown>[]): void {
  if (programs.length > machine.cores) throw new RangeError(`${programs.length} programs do not fit ${machine.cores} cores`);
  const running = programs.map((_, core) => core);
  while (running.length > 0) {
    let next = 0;
    for (let i = 1; i < running.length; i++) if (machine.clocks[running[i]] < machine.clocks[running[next]]) next = i;
    machine.operations++;
    if (programs[running[next]].next().done === true) running.splice(next, 1);
  }
}
