/**
 * The charts, each a function from rows to an element. All have contenders in the same colours and shapes, logarithmic
 * axes where ratios matter, and tell the numbers of the mark that is pointed at.
 */
/// <reference lib="dom" />
import * as Plot from "@observablehq/plot";
import { coloursOf, SHAPES } from "./looks.js";
import type { PageData, SpaceRow, TimeRow } from "./page-data.js";

/** Which part of the numbers is shown. */
export interface Choice {
  readonly contenders: ReadonlySet<string>;
  readonly threads: number;
  readonly yardstick: "glibc" | "native";
}

type Drawn = SVGSVGElement | HTMLElement;

const WIDTH = 1040;
const MARGINS = { marginLeft: 150, marginBottom: 48 };
const ROW = 25;
const STYLE = { fontSize: "12px", fontFamily: "system-ui, sans-serif", overflow: "visible" };

/** Of one set of numbers. */
export class Charts {
  readonly #data: PageData;
  readonly #scales: Pick<Plot.PlotOptions, "color" | "symbol">;

  constructor(data: PageData) {
    this.#data = data;
    const names = data.contenders.map(({ name }) => name);
    this.#scales = {
      color: { domain: names, range: coloursOf(data.contenders) },
      symbol: { domain: names, range: data.contenders.map(({ kind }) => SHAPES[kind]) },
    };
  }

  times({ contenders, threads }: Choice): Drawn {
    const rows = this.#data.times.filter((row) => row.threads === threads && contenders.has(row.contender));
    return this.#dots(rows, { x: "time", y: "workload", label: "nanoseconds an operation →", order: this.#data.workloads });
  }

  /** A small chart for each workload that was run with several numbers of threads. */
  scaling({ contenders }: Choice): { readonly workload: string; readonly chart: Drawn }[] {
    const { times, workloads } = this.#data;
    const counts = (workload: string): number[] => [...new Set(times.filter((row) => row.workload === workload).map(({ threads }) => threads))].sort((a, b) => a - b);
    return workloads.filter((workload) => !workload.startsWith("trace-") && counts(workload).length > 1).map((workload) => {
      const rows = times.filter((row) => row.workload === workload && contenders.has(row.contender));
      const marks = { x: "threads", y: "time", stroke: "contender" } as const;
      return {
        workload,
        chart: Plot.plot({
          ...this.#scales, style: STYLE, width: 270, height: 190, marginLeft: 44, marginBottom: 32,
          x: { type: "log", base: 2, ticks: counts(workload), tickFormat: "d", label: "threads" },
          y: { type: "log", grid: true, label: "ns an operation", ticks: 4, tickFormat: "~s" },
          marks: [
            Plot.lineY(rows, { ...marks, z: "contender", strokeWidth: 1.6 }),
            Plot.dot(rows, { ...marks, symbol: "contender", fill: "contender", r: 3, tip: true, title: titleOf }),
          ],
        }),
      };
    });
  }

  ratios({ contenders, threads, yardstick }: Choice): Drawn {
    const all = this.#data.times.flatMap((row) => (row.threads === threads && contenders.has(row.contender) && row[yardstick] !== undefined ? [{ ...row, ratio: row[yardstick] }] : []));
    const groups = [...contenders].map((contender) => ({ contender, ratios: all.filter((row) => row.contender === contender).map(({ ratio }) => ratio) }));
    const means = groups.filter(({ ratios }) => ratios.length > 0).map(({ contender, ratios }) => ({ contender, mean: Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length) }));
    means.sort((a, b) => a.mean - b.mean);
    return Plot.plot({
      ...this.#scales, style: STYLE, width: WIDTH, height: means.length * ROW + 80, ...MARGINS, marginRight: 60,
      x: { type: "log", grid: true, labelOffset: 42, label: "time by that of the yardstick →", tickFormat: "~g", ticks: 8 },
      y: { domain: means.map(({ contender }) => contender), label: null },
      marks: [
        Plot.ruleX([1], { strokeDasharray: "4 3" }),
        Plot.dot(all, { x: "ratio", y: "contender", fill: "contender", symbol: "contender", r: 3.5, fillOpacity: 0.55, tip: true, title: (row: TimeRow & { ratio: number }) => `${row.contender}\n${row.workload}\n${three(row.ratio)}` }),
        Plot.tickX(means, { x: "mean", y: "contender", strokeWidth: 3, inset: 3 }),
        Plot.text(means, { y: "contender", text: ({ mean }: { mean: number }) => three(mean), frameAnchor: "right", dx: 52, textAnchor: "end", fontWeight: 600 }),
      ],
    });
  }

  recordings(measure: "resident" | "mapped", { contenders }: Choice): Drawn {
    const rows = this.#data[measure].filter(({ contender }) => contenders.has(contender));
    return this.#dots(rows, { x: "value", y: "what", label: `most memory ${measure} / most bytes in use →`, order: [...new Set(rows.map(({ what }) => what))] });
  }

  /** One bar for each contender, shortest first. */
  bars(rows: readonly SpaceRow[], label: string, format: (value: number) => string): Drawn {
    const sorted = [...rows].sort((a, b) => a.value - b.value);
    return Plot.plot({
      ...this.#scales, style: STYLE, width: WIDTH, height: sorted.length * 20 + 70, ...MARGINS, marginRight: 70,
      x: { grid: true, label, labelOffset: 42, tickFormat: format },
      y: { domain: sorted.map(({ contender }) => contender), label: null },
      marks: [
        Plot.barX(sorted, { x: "value", y: "contender", fill: "contender", inset: 2 }),
        Plot.text(sorted, { x: "value", y: "contender", text: ({ value }: SpaceRow) => format(value), dx: 6, textAnchor: "start" }),
        Plot.ruleX([0]),
      ],
    });
  }

  /** A row for each contender, a mark for each kind of hand-over. */
  handOvers(): Drawn {
    const rows = this.#data.handOvers;
    const kinds = [...new Set(rows.map(({ what }) => what))];
    const names = [...new Set(rows.map(({ contender }) => contender))];
    return Plot.plot({
      style: STYLE, width: WIDTH, height: names.length * ROW + 70, ...MARGINS,
      x: { type: "log", grid: true, labelOffset: 42, label: "memory taken / most memory in use →", tickFormat: "~g", ticks: 8 },
      y: { domain: names, label: null },
      color: { domain: kinds, range: ["#74c0fc", "#1864ab", "#ffa94d", "#d9480f"], legend: true },
      symbol: { domain: kinds, range: ["circle", "circle", "square", "square"] },
      marks: [Plot.ruleX([1], { strokeDasharray: "4 3" }), Plot.dot(rows, { x: "value", y: "contender", fill: "what", symbol: "what", r: 5, tip: true, title: spaceTitle })],
    });
  }

  #dots<Row extends TimeRow | SpaceRow>(rows: readonly Row[], { x, y, label, order }: { x: string; y: string; label: string; order: readonly string[] }): Drawn {
    const shown = order.filter((name) => rows.some((row) => (row as unknown as Record<string, unknown>)[y] === name));
    return Plot.plot({
      ...this.#scales, style: STYLE, width: WIDTH, height: shown.length * ROW + 80, ...MARGINS,
      x: { type: "log", grid: true, label, labelOffset: 42, tickFormat: "~g", ticks: 10 },
      y: { domain: shown, label: null },
      marks: [
        Plot.ruleY(shown, { stroke: "#e9ecef" }),
        Plot.dot(rows, { x, y, fill: "contender", symbol: "contender", r: 4.5, fillOpacity: 0.85, tip: true, title: (row: Row) => ("time" in row ? titleOf(row) : spaceTitle(row)) }),
      ],
    });
  }
}

function titleOf({ contender, workload, threads, time }: TimeRow): string {
  return `${contender}\n${workload}, ${threads} thread${threads === 1 ? "" : "s"}\n${three(time)} ns`;
}

function spaceTitle({ contender, what, value }: SpaceRow): string {
  return `${contender}\n${what}\n${three(value)}`;
}

function three(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
