/** The command `heapmap`, but for the process around it: reads a snapshot, draws it. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { heapmap } from "./heapmap.js";
import { heapmapSvg } from "./heapmap-svg.js";
import { readSnapshot, SnapshotError } from "./read-snapshot.js";
import { coloursOf, widthOf, type Screen } from "./terminal.js";

const USAGE = `usage: heapmap [options] <snapshot.json>

Draws the heap of a snapshot, which a program writes by JSON.stringify(snapshot(heap)) of @heapwright/inspect.
"-" is standard input.

  --svg FILE    also write the map as SVG
  --rows N      lines of map at most; default: 32
  --help        show this
`;

/** What the command has around it. */
export interface Surroundings {
  readonly out: Screen & { write(text: string): unknown };
  readonly err: { write(text: string): unknown };
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** @returns the exit code: 0 all is well, 1 there is no such snapshot, 2 the command line makes no sense */
export function heapmapCommand(args: readonly string[], { out, err, environment }: Surroundings): number {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { svg: { type: "string" }, rows: { type: "string", default: "32" }, help: { type: "boolean" } },
    });
    if (values.help) {
      out.write(USAGE);
      return 0;
    }
    const rows = Number(values.rows);
    const [file] = positionals;
    if (positionals.length !== 1 || file === undefined) throw new TypeError("one snapshot must be given");
    if (!Number.isSafeInteger(rows) || rows < 1) throw new TypeError(`--rows must be an integer of 1 or more, not ${values.rows}`);
    const seen = readSnapshot(readFileSync(file === "-" ? 0 : file, "utf8"));
    out.write(heapmap(seen, { width: Math.max(widthOf(out), 20), rows, colours: coloursOf(out, environment) }));
    if (values.svg !== undefined) writeFileSync(values.svg, heapmapSvg(seen));
    return 0;
  } catch (error) {
    const isUsage = error instanceof TypeError;
    const message = error instanceof Error ? error.message : String(error);
    err.write(`heapmap: ${error instanceof SnapshotError ? "this is no snapshot of a heap: " : ""}${message}\n${isUsage ? `\n${USAGE}` : ""}`);
    return isUsage ? 2 : 1;
  }
}
