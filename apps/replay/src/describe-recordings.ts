/**
 * Writes what there is to know of the recordings as a table in Markdown.
 */
import { planReplay, type Trace } from "@heapwright/trace";
import { asMarkdown, type Table } from "./table.js";

const HEADING = [
  "recording", "program", "command", " threads", " events", " blocks", " cross-thread frees", " never freed",
  " peak bytes", " blocks at the peak", " sizes: half up to", " nine in ten up to", " largest",
];

const INTRO = `# Recordings

What real programs allocated, recorded with heaprecord by [record-all.sh](../record-all.sh) from inputs that
[workloads](../workloads) generates. The format is described in
[FORMAT.md](../../../packages/tools/trace/FORMAT.md). Bytes and sizes are those that the program asked for.

This file is written by \`npm run recordings --workspace apps/replay\`.

`;

/** The whole README of the folder. */
export function describeRecordings(recordings: ReadonlyMap<string, Trace>): string {
  const rows = [...recordings].map(([name, trace]) => row(name, trace));
  return INTRO + asMarkdown([HEADING, ...rows] satisfies Table);
}

function row(name: string, trace: Trace): string[] {
  const { origin, summary } = trace;
  const sizes = planReplay(trace).sizes.slice(1).sort();
  const upTo = (share: number): string => show(sizes[Math.floor((sizes.length - 1) * share)]);
  const { threads, blocks, crossThreadFrees, neverFreed, peak } = summary;
  const counts = [threads, summary.events, blocks, crossThreadFrees, neverFreed, peak.bytes, peak.blocks].map(show);
  return [name, origin.version, `\`${origin.command}\``, ...counts, upTo(0.5), upTo(0.9), upTo(1)];
}

function show(count: number): string {
  return count.toLocaleString("en");
}
