/** What was found, as one HTML file that needs nothing else: a chart for each workload, and the report in text. */
import { chart } from "./chart.js";
import { reportText } from "./report-text.js";
import type { Results } from "./results.js";
import { WORKLOADS } from "./workloads.js";

export function reportHtml(results: Results): string {
  const charts = WORKLOADS.filter(({ name }) => results.workloads.includes(name)).map(({ name, text }) => `<h2>${name}</h2>\n<p>Each core: ${text}.</p>\n${chart(results, name)}`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Heapwright on simulated cores</title>
<body style="font-family: sans-serif; max-width: 60em; margin: 2em auto">
<h1>Heapwright on simulated cores</h1>
<p>Speedup over the same preset on one core; both axes are logarithmic, and the dashed line is what is ideal. Circles are
Michael's figures (PLDI 2004, 16 processors, read off graphs), squares those of Hoard's paper (ASPLOS 2000, 14 processors), in
the colour of the preset that stands for the allocator. Point at a line or a mark for its numbers.</p>
${charts.join("\n")}
<h2>In numbers</h2>
<pre>${escaped(reportText(results))}</pre>
</body>
</html>
`;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
