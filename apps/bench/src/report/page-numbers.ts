/** A report as the page's program draws it. */
import { GLIBC } from "../contenders/native.js";
import type { PageData, SpaceRow, TimeRow } from "../page/page-data.js";
import { bestNative, timeOf } from "../runner/ratios.js";
import type { Report } from "../runner/report.js";
import { CIRCLE, ROUNDS, type HandOvers } from "../space/measure-space.js";
import { isMeasured } from "../space/space-report.js";
import { MAPPED, RESIDENT, takenByLive, type Measure } from "./memory.js";

const HAND_OVERS: readonly (readonly [keyof HandOvers, string])[] = [
  ["few", `one allocates, one frees, ${ROUNDS.few} rounds`], ["many", `the same, ${ROUNDS.many} rounds`],
  ["alone", "1 thread allocates and frees"], ["circle", `${CIRCLE} threads in a circle`],
];

export function pageNumbers({ contenders, workloads, results, space = [] }: Report): PageData {
  const glibc = timeOf(results, GLIBC);
  const native = bestNative(results, contenders, GLIBC);
  const known = contenders.map(({ name, kind }) => ({ name, kind }));
  const allocators = known.filter(({ kind }) => kind !== "floor");
  const spaceOf = (what: string, value: (one: NonNullable<Report["space"]>[number]) => number | undefined): SpaceRow[] =>
    space.flatMap((one) => {
      const number = value(one);
      return number === undefined || Number.isNaN(number) ? [] : [{ contender: one.contender, what, value: digits(number) }];
    });
  const onRecordings = (measure: Measure): SpaceRow[] => workloads.flatMap(({ name: what }) => allocators.flatMap(({ name: contender }) => {
    const value = takenByLive(measure, results, contender, what);
    return value === undefined ? [] : [{ contender, what, value: digits(value) }];
  }));
  return {
    contenders: known,
    workloads: workloads.map(({ name }) => name),
    times: results.flatMap(({ contender, workload, threads, nsPerOperation: time }): TimeRow[] => {
      if (time === undefined) return [];
      const [toGlibc, toNative] = [glibc(workload, threads), native(workload, threads)];
      return [{
        contender, workload, threads, time: digits(time),
        ...(toGlibc === undefined ? {} : { glibc: digits(time / toGlibc) }), ...(toNative === undefined ? {} : { native: digits(time / toNative) }),
      }];
    }),
    resident: onRecordings(RESIDENT),
    mapped: onRecordings(MAPPED),
    bookkeeping: spaceOf("", ({ manyBlocks }) => (isMeasured(manyBlocks) && manyBlocks.metadataBytes !== undefined ? manyBlocks.metadataBytes / manyBlocks.liveBytes : undefined)),
    taken: spaceOf("", ({ manyBlocks }) => (isMeasured(manyBlocks) ? manyBlocks.takenBytes / manyBlocks.liveBytes : undefined)),
    handOvers: HAND_OVERS.flatMap(([key, what]) => spaceOf(what, ({ handOvers }) => (isMeasured(handOvers) ? handOvers[key] : undefined))),
  };
}

/** As many digits as anybody reads. */
function digits(value: number): number {
  return Number(value.toPrecision(4));
}
