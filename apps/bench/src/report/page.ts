/**
 * A report as one HTML file that needs nothing else: what can be read without a program is written here, and the charts are
 * drawn by the program of src/page, which esbuild puts into the file together with the library (Observable Plot).
 */
import { build } from "esbuild";
import { PAGE } from "../places.js";
import type { Report } from "../runner/report.js";
import { memoryTables, ratioTables, timeTables, troubles } from "../runner/tables.js";
import { figures } from "./figures.js";
import { MEASURES } from "./memory.js";
import { pageNumbers } from "./page-numbers.js";
import { COLUMNS, manyThreads, rules, taxonomy, type Cell } from "./taxonomy.js";

/** @returns the text of the file */
export async function pageOf(report: Report): Promise<string> {
  const { script, style } = await bundle();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Heapwright, measured on ${day(report)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>Heapwright, measured</h1>
<p class="lead">Allocator workloads of the literature, and recordings of real programs, on Heapwright's presets called from
JavaScript, on native allocators called from C, and on allocators that others have made for JavaScript.</p>
<nav><a href="#figures">figures</a> <a href="#time">time</a> <a href="#threads">threads</a> <a href="#comparison">ratios</a> <a href="#memory">memory</a> <a href="#taxonomy">taxonomy</a> <a href="#all">all numbers</a></nav>
${facts(report)}
<p>${HOW}</p>
</header>
<main>
<h2 id="figures">What the project measures itself by</h2>
${figuresTable(report)}
<div class="controls" id="controls"></div>
<h2 id="time">Time of an operation</h2>
<p class="note">Median of the repetitions, with as many threads as are chosen above. An operation is one call; with more threads its time
stays the same when the allocator scales. A row is a workload, further left is faster. Point at a mark for its numbers.</p>
<figure id="times"></figure>
<h2 id="comparison">Ratios</h2>
<p class="note">Times by those of glibc, or by those of the fastest other native allocator in each workload. A mark is a workload, the bar and the
number are the geometric mean. Left of the dashed line is faster.</p>
<figure id="ratios"></figure>
<h2 id="threads">Time by threads</h2>
<p class="note">A line that stays level scales. Beyond ${report.machine.cores} threads there are no more cores.</p>
<div class="grid" id="scaling"></div>
<h2 id="memory">Memory</h2>
${MEASURES.map(({ name, basis }) => `<h3>Memory ${name} on the recordings, 1 thread</h3>
<p class="note">Most memory ${name}, by most bytes in use: ${basis}.</p>
<figure id="${name}"></figure>`).join("\n")}
<h3>Bookkeeping with a million live blocks of 16 bytes</h3>
<p class="note">As the heap itself tells: header, maps, descriptors, headers of blocks.</p>
<figure id="bookkeeping"></figure>
<h3>Memory taken by a million live blocks of 16 bytes</h3>
<p class="note">What is resident, after the first word of each was written.</p>
<figure id="taken"></figure>
<h3>Blowup, when blocks change hands</h3>
<figure id="hand-overs"></figure>
<h2 id="taxonomy">Taxonomy</h2>
<p class="note">The questions are those of Berger and others, <i>Hoard</i>, ASPLOS 2000, Table 7; the answers are derived from this report by the
rules below the table.</p>
${taxonomyTable(report)}
<ol class="note">${rules(manyThreads(report)).map((rule) => `<li>${escaped(rule)}</li>`).join("\n")}</ol>
<h2 id="all">All numbers</h2>
<details><summary>As tables</summary>
<pre>${escaped([timeTables(report), ratioTables(report), memoryTables(report)].join("\n"))}</pre>
</details>
<h3>What was not measured</h3>
<pre>${escaped(troubles(report)) || "Everything was."}</pre>
<h3>Workloads</h3>
${workloadsTable(report)}
</main>
<script id="numbers" type="application/json">${JSON.stringify(pageNumbers(report)).replaceAll("<", "\\u003c")}</script>
<script>${script}</script>
</body>
</html>
`;
}

const HOW = `Every contender runs in a process of its own, in rounds that make the same calls with the same sizes, and all of them read the
same contents back. Contenders take turns; rounds of a warm-up do not count; of a process the median round counts, and of repetitions the median.`;

/** @returns the page's program and its style, as they can stand in HTML */
async function bundle(): Promise<{ readonly script: string; readonly style: string }> {
  const { outputFiles } = await build({
    entryPoints: [`${PAGE}/main.ts`, `${PAGE}/style.css`],
    bundle: true, minify: true, write: false, format: "iife", platform: "browser", target: "es2022", outdir: PAGE, legalComments: "eof",
  });
  const text = (extension: string): string => outputFiles.find(({ path }) => path.endsWith(extension))?.text ?? "";
  return { script: text(".js").replaceAll("</script", "<\\/script"), style: text(".css") };
}

function facts(report: Report): string {
  const { machine: { cpu, cores, memoryBytes, platform }, versions, command, seconds, size, contenders, workloads, skipped } = report;
  const some = size === "quick" ? " A short run, with smaller numbers and each measured once: it shows no more than which are several times as fast as others. What did not fit into its time is not in it." : "";
  const rows = [
    ["measured", `${day(report)}, in ${Math.ceil(seconds / 60)} minutes, by <code>${escaped(command)}</code>.${some}`],
    ["machine", escaped(`${cpu}, ${cores} cores, ${(memoryBytes / 2 ** 30).toFixed(0)} GiB, ${platform}`)],
    ["versions", escaped(Object.entries(versions).filter(([name]) => !name.startsWith("@heapwright/") && name !== "heapwright").map(([name, version]) => `${name} ${version}`).join(", "))],
    ["taking part", `${contenders.length} contenders, ${workloads.length} workloads${skipped.length === 0 ? "" : `; not installed: ${escaped(skipped.map(({ contender }) => contender).join(", "))}`}`],
  ];
  return `<dl class="facts">${rows.map(([name, text]) => `<dt>${name}</dt><dd>${text}</dd>`).join("\n")}</dl>`;
}

function figuresTable(report: Report): string {
  const rows = figures(report).map(({ what, measured, target, reached }) => `<tr><td>${escaped(what)}</td><td class="number">${escaped(measured)}</td><td>${escaped(target)}</td>${mark(reached)}</tr>`);
  return `<div class="scroll"><table><thead><tr><th>what</th><th>measured</th><th>target</th><th>reached</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;
}

function taxonomyTable(report: Report): string {
  const cell = ({ verdict, number, good }: Cell): string => `<td class="${good === undefined ? "" : good ? "good" : "bad"}">${escaped(verdict)}<small>${number}</small></td>`;
  const rows = taxonomy(report).map(({ contender, cells }) => `<tr><th>${escaped(contender)}</th>${cells.map(cell).join("")}</tr>`);
  return `<div class="scroll"><table><thead><tr><th></th>${COLUMNS.map((name) => `<th>${name}</th>`).join("")}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;
}

function workloadsTable({ workloads }: Report): string {
  const rows = workloads.map(({ name, source, touches, parameters }) => `<tr><th>${name}</th><td>${escaped(source)}</td><td>${escaped(touches)}</td><td>${Object.entries(parameters).map(([key, value]) => `${key} ${value.toLocaleString("en")}`).join(", ")}</td></tr>`);
  return `<div class="scroll"><table class="note"><thead><tr><th>name</th><th>source</th><th>touches</th><th>numbers</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;
}

function mark(reached: boolean | undefined): string {
  if (reached === undefined) return "<td>-</td>";
  return reached ? '<td class="good">yes</td>' : '<td class="bad">no</td>';
}

function day({ date }: Report): string {
  return date.slice(0, 10);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
