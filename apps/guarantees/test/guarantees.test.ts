// What the table in the README of the repository says, compared with what heaps are observed to do. One test for each of
// its cells, named after row and column.
import { describe, expect, test } from "vitest";
import { observeAlignment } from "../src/observe-alignment.js";
import { acrossSizes, keepingPhases, phases, producerAndConsumer, takingTurns } from "../src/observe-blowup.js";
import { observeCoalescing } from "../src/observe-coalescing.js";
import { observeLostBytes } from "../src/observe-death.js";
import { observeFalseSharing } from "../src/observe-false-sharing.js";
import { observeLargest } from "../src/observe-largest.js";
import { observeMetadata } from "../src/observe-metadata.js";
import { observeProgress } from "../src/observe-progress.js";
import { SYSTEMS } from "../src/systems.js";

describe.each(SYSTEMS.map((system) => [system.name, system] as const))("%s", (_name, system) => {
  const { cells } = system;

  test("progress", () => {
    expect(system.create(2 ** 22).progress).toBe(cells.progress);
    expect(observeProgress(system)).toBe(cells.progress);
  });

  test("coalescing", () => expect(observeCoalescing(system)).toBe(cells.coalescing));

  test("metadata", () => expect([observeMetadata(system, 16), observeMetadata(system, 64)]).toEqual(cells.metadata));

  test("alignment", () => expect(observeAlignment(system)).toBe(cells.alignment));

  test("blowup", () => {
    const observed = [producerAndConsumer, takingTurns, phases, keepingPhases].map((observe) => observe(system));
    const factors = observed.map(({ bytes, workload }) => cells.blowup.bound(workload) / bytes);
    for (const factor of factors) expect(factor).toBeGreaterThanOrEqual(1);
    expect(Math.min(...factors), "a bound that is come near to").toBeLessThan(4);
    expect(acrossSizes(observed[2])).toBe(cells.blowup.acrossSizes);
  });

  test("false sharing", () => expect(observeFalseSharing(system)).toBe(cells.falseSharing));

  test("largest object", () => expect(observeLargest(system)).toBe(cells.largest));

  test("a worker dies", () => expect(observeLostBytes(system)).toBeLessThanOrEqual(cells.death.lostBytes));
});
