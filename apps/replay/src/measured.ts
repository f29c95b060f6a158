/**
 * The measured rows in the presets' READMEs: one for each form in which a preset is replayed, of one run of all of them,
 * as ratios to the default allocator in the same run; absolute figures would say more about the machine.
 */
import { CONTENDERS, type Contender } from "./presets.js";
import type { Circumstances } from "./results.js";
import type { RunResult } from "./run.js";
import { asMarkdown, type Table } from "./table.js";

const OPENING = "<!-- measured: written by `npm run measured`; do not edit -->";
const CLOSING = "<!-- end of measured -->";
/** What others are compared with. */
const REFERENCE = "heapwright";

const HEADING = ["form", " traces", " operations/s, to heapwright's", " mapped / live", " mapped, to heapwright's"];

/** The README of a preset with the rows of its forms. @throws Error when it has no place for them */
export function withMeasured(readme: string, forms: readonly string[], results: readonly RunResult[], where: Circumstances): string {
  const from = readme.indexOf(OPENING);
  const to = readme.indexOf(CLOSING);
  if (from < 0 || to < from) throw new Error(`the README has no place for what was measured: ${OPENING} ... ${CLOSING}`);
  return readme.slice(0, from) + section(forms, results, where) + readme.slice(to);
}

/** Names of the forms in which a preset is replayed. */
export function formsOf(preset: string, contenders: readonly Contender[] = CONTENDERS): string[] {
  return contenders.filter((contender) => contender.preset.name === preset).map(({ name }) => name);
}

function section(forms: readonly string[], results: readonly RunResult[], { node, cores, platform }: Circumstances): string {
  const served = new Map<string, RunResult[]>();
  for (const result of results) if (result.ending.as === "verified") served.set(result.contender, [...(served.get(result.contender) ?? []), result]);
  const reference = new Map((served.get(REFERENCE) ?? []).map((result) => [result.trace, result]));
  const traces = new Set(results.map(({ trace }) => trace)).size;
  const table: Table = [HEADING, ...forms.map((form) => row(form, served.get(form) ?? [], reference, traces))];
  const note = `Geometric means over the recordings that each serves, of one run with Node ${node} on ${cores} cores, ${platform}: \`npm run measured\`.`;
  return `${OPENING}\n\n${asMarkdown(table)}\n${note}\n\n`;
}

function row(form: string, served: readonly RunResult[], reference: ReadonlyMap<string, RunResult>, traces: number): string[] {
  const pairs = served.flatMap((one) => {
    const other = reference.get(one.trace);
    return other === undefined ? [] : [[one.report, other.report] as const];
  });
  const speed = mean(pairs.map(([one, other]) => one.eventsPerSecond / other.eventsPerSecond));
  const space = mean(served.map(({ report }) => report.mappedPerLive ?? Number.NaN));
  const spaceTo = mean(pairs.map(([one, other]) => (one.mappedPerLive ?? Number.NaN) / (other.mappedPerLive ?? Number.NaN)));
  return [form, `${served.length} of ${traces}`, speed, space, spaceTo];
}

function mean(values: readonly number[]): string {
  return values.length === 0 ? "-" : Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length).toFixed(2);
}
