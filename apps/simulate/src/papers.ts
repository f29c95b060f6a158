/**
 * What the papers say of how allocators scale, as points that can be drawn beside the simulated curves. Michael's allocator
 * and Hoard are here; in the place of Ptmalloc2, which is Lea's malloc with arenas, stands dlmalloc with mspaces, and in that of
 * an operating system's allocator with one lock (AIX's libc, Solaris's) stands dlmalloc as it is.
 *
 * The points of "Scalable Lock-Free Dynamic Memory Allocation" (PLDI 2004) are speedups over one thread of libc at 16
 * processors, as rounded figures quoted from its graphs: of low confidence. Those of one thread are divided out where the
 * paper's Table 1 (POWER3) has them: 2.25, 1.11 and 1.83 for linux-scalability, 2.18, 1.20 and 1.94 for threadtest, 2.90,
 * 2.22 and 2.53 for Larson. What is left is the speedup over the same allocator's one thread, which is drawn here.
 */
export interface PaperPoint {
  readonly paper: "Michael 2004" | "Hoard 2000";
  /** The allocator, as the paper calls it, and its {@link standIn} here. */
  readonly allocator: string;
  readonly standIn: string;
  readonly workload: string;
  readonly cores: number;
  readonly speedup: number;
}

const STAND_INS: Readonly<Record<string, string>> = { new: "michael", Hoard: "hoard", Ptmalloc: "dlmalloc-mspaces", libc: "dlmalloc" };

export const PAPER_POINTS: readonly PaperPoint[] = [
  ...michaelAt16("linux-scalability", { new: 33 / 2.25, Hoard: 18 / 1.11, Ptmalloc: 22 / 1.83, libc: 33 / 331 }),
  point("Michael 2004", "linux-scalability", "libc", 2, 0.4),
  ...michaelAt16("threadtest", { new: 28 / 2.18, Hoard: 16 / 1.2, Ptmalloc: 18 / 1.94 }),
  ...michaelAt16("active-false", { new: 16, Hoard: 8, Ptmalloc: 2 }),
  ...michaelAt16("passive-false", { new: 16, Hoard: 5, Ptmalloc: 2 }),
  ...michaelAt16("larson", { new: 45 / 2.9, Hoard: 21 / 2.22, Ptmalloc: 5 / 2.53 }),
  point("Hoard 2000", "threadtest", "Hoard", 14, 14),
  point("Hoard 2000", "active-false", "Hoard", 14, 14),
  point("Hoard 2000", "active-false", "Ptmalloc", 14, 4),
];

function michaelAt16(workload: string, speedups: Readonly<Record<string, number>>): PaperPoint[] {
  return Object.entries(speedups).map(([allocator, speedup]) => point("Michael 2004", workload, allocator, 16, speedup));
}

function point(paper: PaperPoint["paper"], workload: string, allocator: string, cores: number, speedup: number): PaperPoint {
  return { paper, workload, allocator, standIn: STAND_INS[allocator], cores, speedup };
}
