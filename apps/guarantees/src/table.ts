/**
 * The cells as a table in Markdown, between two marks in the README of the repository.
 */
import type { Progress } from "@heapwright/core";
import type { Cells, Coalescing, FalseSharing, System } from "./system.js";

const OPENING = "<!-- guarantees: written by `npm run guarantees`; do not edit -->";
const CLOSING = "<!-- end of guarantees -->";

const TESTS = "apps/guarantees/test/guarantees.test.ts";

/** The columns, each with the name of the test that compares its cells with real heaps. */
const COLUMNS: readonly { readonly heading: string; readonly text: (cells: Cells) => string }[] = [
  { heading: "progress", text: ({ progress }) => progress },
  { heading: "coalescing", text: ({ coalescing }) => COALESCING[coalescing] },
  { heading: "metadata", text: ({ metadata: [of16, of64] }) => (of16 === of64 ? `${of16} B` : `${of16} / ${of64} B`) },
  { heading: "alignment", text: ({ alignment }) => `${alignment} B` },
  { heading: "blowup", text: ({ blowup }) => blowup.text },
  { heading: "false sharing", text: ({ falseSharing }) => FALSE_SHARING[falseSharing] },
  { heading: "largest object", text: ({ largest }) => (largest === "memory" ? "all there is" : `${largest.toLocaleString("en")} B`) },
  { heading: "a worker dies", text: ({ progress, death }) => `${OTHERS[progress]}; costs ${death.text}` },
];

const COALESCING: Readonly<Record<Coalescing, string>> = { neighbours: "neighbours", superblocks: "whole superblocks", none: "none" };
const FALSE_SHARING: Readonly<Record<FalseSharing, string>> = {
  "active and passive": "not avoided",
  passive: "passive only",
  "handed on": "only in superblocks that change heaps",
  "left behind": "only in pages whose thread has left or died",
  "when full": "only when an mspace is full and another serves",
  none: "none",
};
const OTHERS: Readonly<Record<Progress, string>> = {
  "single-threaded": "there are no others",
  blocking: "others may wait until it is reclaimed",
  "almost-lock-free": "others go on, unless a second one dies",
  "lock-free": "others go on",
};

/** What the README says of `systems`, marks included. */
export function guaranteesSection(systems: readonly System[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rows = systems.map(({ name, folder, cells }) => line([`[${name}](${folder}/README.md)`, ...COLUMNS.map(({ text }) => text(cells))]));
  return [
    OPENING,
    "",
    line(["", ...COLUMNS.map(({ heading }) => heading)]),
    line(["---", ...COLUMNS.map(() => "---")]),
    ...rows,
    "",
    `Every cell is compared with real heaps by the test of its row and column in [guarantees.test.ts](${TESTS}):`,
    '`npx vitest run apps/guarantees -t "hoard blowup"` runs one. Metadata is per block, for requests of 16 and of 64 bytes. In bounds, U is the most',
    "blocks of a class that were live at a time, and n how many a superblock holds; H are processor heaps in use, T threads that are inside",
    "a call; f, P and K are Hoard's; of a heapwright's thread, L are the pages of 64 KiB in which a block is live, or was freed by another thread and",
    "not found yet, and C the size classes that it uses. What is said of false sharing holds among threads that have a heap each. What a death costs,",
    "at most, is lost once the thread is reclaimed.",
    "",
    CLOSING,
  ].join("\n");
}

/** `readme` with the section put where the marks are. @throws Error when they are not there */
export function withSection(readme: string, section: string): string {
  const from = readme.indexOf(OPENING);
  const to = readme.indexOf(CLOSING);
  if (from < 0 || to < from) throw new Error(`the README has no place for the table: ${OPENING} ... ${CLOSING}`);
  return readme.slice(0, from) + section + readme.slice(to + CLOSING.length);
}
