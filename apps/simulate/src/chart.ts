/** One workload's speedup curves as an SVG, both axes logarithmic: what is ideal is the dashed diagonal. */
import { PAPER_POINTS } from "./papers.js";
import type { Results } from "./results.js";

const WIDTH = 620;
const HEIGHT = 400;
const LEFT = 48;
const TOP = 16;
const BOTTOM = 40;
const RIGHT = 220;
const LEAST = 1 / 32;

const COLOURS = ["#000000", "#0072b2", "#d55e00", "#009e73", "#56b4e9", "#cc79a7", "#aa3377", "#e69f00", "#7a5c00", "#888888", "#bb5566", "#994455", "#6699cc"];

export function chart(results: Results, workload: string): string {
  const most = Math.max(2, ...results.cores);
  const x = (cores: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * Math.log2(cores)) / Math.log2(most);
  const y = (speedup: number): number => TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.log2(Math.max(LEAST, speedup) / LEAST) / Math.log2(most / LEAST));
  const ends = [x(1), x(most), y(LEAST), y(most)].map((at) => at.toFixed(1));
  const parts = [
    `<rect x="${ends[0]}" y="${ends[3]}" width="${(x(most) - x(1)).toFixed(1)}" height="${(y(LEAST) - y(most)).toFixed(1)}" fill="none" stroke="#bbb"/>`,
    `<path d="M${ends[0]} ${y(1).toFixed(1)}L${ends[1]} ${ends[3]}" stroke="#999" stroke-dasharray="4 4"/>`,
    `<path d="M${ends[0]} ${y(1).toFixed(1)}H${ends[1]}" stroke="#ddd"/>`,
    ...results.cores.map((cores) => text(x(cores), HEIGHT - BOTTOM + 16, "middle", String(cores))),
    ...powersOfTwo(LEAST, most).map((speedup) => text(LEFT - 6, y(speedup) + 4, "end", speedup < 1 ? `1/${1 / speedup}` : String(speedup))),
    text((x(1) + x(most)) / 2, HEIGHT - 6, "middle", "simulated cores"),
  ];
  results.subjects.forEach((subject, i) => {
    const at = results.cores.map((cores) => `${x(cores).toFixed(1)} ${y(results.speedup(subject, workload, cores)).toFixed(1)}`);
    const numbers = results.cores.map((cores) => `${cores}: ${results.speedup(subject, workload, cores).toFixed(2)}`).join("  ");
    const row = TOP + 10 + i * 17;
    parts.push(`<g fill="none" stroke="${colourOf(results, subject)}" stroke-width="1.8"><title>${subject}  ${numbers}</title><path d="M${at.join("L")}"/>`);
    parts.push(`<path d="M${WIDTH - RIGHT + 16} ${row}h22"/></g>`, text(WIDTH - RIGHT + 44, row + 4, "start", subject));
  });
  const points = PAPER_POINTS.filter((point) => point.workload === workload && point.cores <= most && results.subjects.includes(point.standIn));
  for (const { paper, allocator, standIn, cores, speedup } of points) {
    const round = paper === "Michael 2004";
    const [at, up] = [x(cores), y(speedup)];
    const shape = round ? `<circle cx="${at.toFixed(1)}" cy="${up.toFixed(1)}" r="5"` : `<rect x="${(at - 4).toFixed(1)}" y="${(up - 4).toFixed(1)}" width="8" height="8"`;
    parts.push(`${shape} fill="#fff" stroke="${colourOf(results, standIn)}" stroke-width="2"><title>${paper}: ${allocator}, ${cores} processors: ${speedup.toFixed(1)}</title></${round ? "circle" : "rect"}>`);
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">\n${parts.join("\n")}\n</svg>`;
}

function colourOf({ subjects }: Results, subject: string): string {
  return COLOURS[subjects.indexOf(subject) % COLOURS.length];
}

function powersOfTwo(from: number, to: number): number[] {
  const all: number[] = [];
  for (let power = from; power <= to; power *= 2) all.push(power);
  return all;
}

function text(x: number, y: number, anchor: "start" | "middle" | "end", content: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${content}</text>`;
}
