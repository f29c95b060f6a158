/**
 * Sentences of the papers about shape and order, each with a question to the simulation: the same or not? That an
 * allocator scales is taken to mean half of what is ideal, or more.
 */
import type { Results } from "./results.js";

export interface Claim {
  readonly paper: "Michael 2004" | "Hoard 2000";
  readonly says: string;
  readonly workload: string;
  /** Whom it is about, and numbers of cores that are looked at. */
  readonly subjects: readonly string[];
  readonly cores: readonly number[];
  holds(results: Results): boolean;
  /** Numbers of the simulation, to be shown beside. */
  seen(results: Results): string;
}

const MANY = 16;
const TRIO = ["michael", "hoard", "dlmalloc-mspaces"];
const ALL = [...TRIO, "dlmalloc"];

export const CLAIMS: readonly Claim[] = [
  speedups("Michael 2004", "linux-scalability", "the new allocator, Hoard and Ptmalloc scale", TRIO, ([neu, hoard, pt]) => scales(neu) && scales(hoard) && scales(pt)),
  speedups("Michael 2004", "linux-scalability", "libc falls to 0.4 on 2 processors", ["dlmalloc"], ([libc]) => libc < 1, 2),
  times("linux-scalability", "at 16 processors libc takes 331 times what the new allocator does", ["michael", "dlmalloc"], MANY, ([neu, libc]) => libc > 10 * neu),
  times("linux-scalability", "one thread alone: the new allocator is faster than Ptmalloc, and that than Hoard (282, 404, 560 ns a pair)", TRIO, 1, ([neu, hoard, pt]) => neu < pt && pt < hoard),
  speedups("Michael 2004", "threadtest", "the new allocator and Hoard scale", TRIO.slice(0, 2), ([neu, hoard]) => scales(neu) && scales(hoard)),
  speedups("Michael 2004", "threadtest", "Ptmalloc is slower under contention: threads take each other's arenas", TRIO, ([neu, hoard, pt]) => pt < 0.9 * Math.min(neu, hoard)),
  speedups("Michael 2004", "active-false", "the new allocator and Hoard scale, Ptmalloc and libc suffer", ALL, suffers),
  speedups("Michael 2004", "passive-false", "the new allocator and Hoard scale, Ptmalloc and libc suffer", ALL, suffers),
  speedups("Michael 2004", "passive-false", "the new allocator is ahead of Hoard, and that of Ptmalloc (16, 5, 2)", TRIO, ([neu, hoard, pt]) => neu > hoard && hoard > pt),
  speedups("Michael 2004", "larson", "the new allocator and Hoard scale, Ptmalloc does not", TRIO, ([neu, hoard, pt]) => scales(neu) && scales(hoard) && !scales(pt)),
  speedups("Michael 2004", "larson", "the new allocator is ahead of Hoard, and that of Ptmalloc (45, 21, 5 times libc)", TRIO, ([neu, hoard, pt]) => neu > hoard && hoard > pt),
  speedups("Michael 2004", "producer-consumer", "the new allocator scales until the producer is saturated; Hoard is held back by the producer's heap", TRIO.slice(0, 2), ([neu, hoard]) => neu > 2 && hoard < 0.75 * neu),
  speedups("Hoard 2000", "threadtest", "Hoard speeds up linearly", ["hoard"], ([hoard]) => hoard > 0.9 * MANY),
  speedups("Hoard 2000", "active-false", "Hoard speeds up linearly, Ptmalloc and MTmalloc stop at about 4", ["hoard", "dlmalloc-mspaces"], ([hoard, pt]) => hoard > 0.9 * MANY && pt < 6),
  speedups("Hoard 2000", "passive-false", "Hoard is nearly linear, bending after 12 processors", ["hoard"], ([hoard]) => hoard > 0.75 * MANY),
  speedups("Hoard 2000", "larson", "all but Hoard are slower on 14 processors than on 1", TRIO.slice(1).concat("dlmalloc"), ([hoard, pt, solaris]) => hoard > 1 && pt < 1 && solaris < 1),
];

function scales(speedup: number): boolean {
  return speedup >= MANY / 2;
}

function suffers([neu, hoard, pt, libc]: readonly number[]): boolean {
  return scales(neu) && scales(hoard) && !scales(pt) && !scales(libc);
}

function speedups(
  paper: Claim["paper"], workload: string, says: string, subjects: readonly string[], test: (speedups: readonly number[]) => boolean, cores = MANY,
): Claim {
  const numbers = (results: Results): number[] => subjects.map((name) => results.speedup(name, workload, cores));
  return {
    ...{ paper, workload, says, subjects, cores: [1, cores] },
    holds: (results) => test(numbers(results)),
    seen: (results) => `speedup on ${cores}: ${numbers(results).map((number, i) => `${subjects[i]} ${number.toFixed(2)}`).join(", ")}`,
  };
}

/** About cycles per unit of work and core. */
function times(workload: string, says: string, subjects: readonly string[], cores: number, test: (cycles: readonly number[]) => boolean): Claim {
  const numbers = (results: Results): number[] => subjects.map((name) => (1000 * cores) / results.throughput(name, workload, cores));
  return {
    ...{ paper: "Michael 2004", workload, says, subjects, cores: [cores] },
    holds: (results) => test(numbers(results)),
    seen: (results) => `cycles a pair on ${cores}: ${numbers(results).map((number, i) => `${subjects[i]} ${Math.round(number)}`).join(", ")}`,
  };
}
