/**
 * Random scripts against the ledger, shrunk to the shortest that still fails. A failure names the seed and the path by
 * which `ContractSettings.seed` runs it again.
 */
import fc from "fast-check";
import { casesOf } from "../contract-case.js";
import type { Context, HeapSizes } from "../context.js";
import { scripts, type Company } from "./commands.js";

const LENGTH = 100;

function play(context: Context, sizes: HeapSizes): void {
  const { runs, seed } = context.settings;
  const property = fc.property(scripts(LENGTH, (size) => context.fit(size)), (script) => {
    const own = context.branch();
    const heap = own.heap(sizes);
    const company: Company = { heaps: [heap, own.attach(heap), own.attach(heap)], attach: () => own.attach(heap) };
    fc.modelRun(() => ({ model: own.ledger(), real: company }), script);
    own.finish();
  });
  fc.assert(property, { numRuns: runs, ...(seed === undefined ? {} : { seed }) });
}

export const SCRIPT_CASES = casesOf("random scripts", {
  "every step leaves a growing heap whole": (context) => play(context, { initial: 65536, maximum: 2 ** 23, threads: 4 }),
  "every step leaves a tight heap whole": (context) => play(context, { initial: 2 ** 20, maximum: 2 ** 22, threads: 3 }),
});
