/**
 * Reads the logs of glibc's mtrace(3), a line an event: `@ caller + address size` for an allocation, `-` for a free,
 * `<` and `>` for the two halves of a realloc, `!` for a realloc that failed. Such a log knows neither threads nor
 * calloc: everything is a malloc of thread 0.
 */
import { AddressBook } from "./address-book.js";
import { TraceBuilder } from "./trace-builder.js";
import { TraceFormatError } from "./trace-format-error.js";
import type { Trace, TraceOrigin } from "./trace.js";

const LINE = /^(?:@ (?<caller>.*?) )?(?<sign>[-+<>!]) (?<address>0x[0-9a-f]+|\(nil\)|0)(?: (?<size>0x[0-9a-f]+|0))?\s*$/;
/** `./program:(function+0x1d)[0x401176]`, or `./program:[0x401176]` without symbols. */
const CALLER = /^(?<path>.*?):(?:\(.*\))?\[0x[0-9a-f]+\]$/;

/**
 * @param text the whole log
 * @param origin what to say of the program; its name is otherwise that of the first caller
 * @throws TraceFormatError when it is no such log, naming the line
 */
export function importMtrace(text: string, origin: Partial<TraceOrigin> = {}): Trace {
  const lines = text.split("\n");
  if (lines[0]?.trim() !== "= Start") throw new TraceFormatError("not-a-trace", "not an mtrace log: it does not begin with '= Start'");
  const builder = new TraceBuilder();
  const book = new AddressBook(builder);
  let program = "";
  let moving: { readonly block: number | undefined } | undefined;

  lines.forEach((line, i) => {
    if (line.trim() === "" || /^= (Start|End)\s*$/.test(line)) return;
    const found = LINE.exec(line)?.groups;
    if (found === undefined) throw new TraceFormatError("inconsistent", `line ${i + 1} is not an mtrace event: ${line}`);
    program ||= CALLER.exec(found["caller"] ?? "")?.groups?.["path"]?.replace(/^.*\//, "") ?? "";
    const address = Number(found["address"]) || 0;
    const size = Number(found["size"] ?? 0);
    if ((found["sign"] === ">") !== (moving !== undefined)) {
      throw new TraceFormatError("inconsistent", `line ${i + 1}: '<' and '>' do not come in pairs`);
    }
    switch (found["sign"]) {
      case "+":
        if (address !== 0) book.malloc(0, address, size);
        break;
      case "-":
        if (address !== 0) book.free(0, address);
        break;
      case "<":
        moving = { block: book.leave(address) };
        break;
      case ">":
        book.moved(0, moving?.block, address, size);
        moving = undefined;
        break;
      default: // '!': the block stays as it was
    }
  });
  return builder.build({ program, recorder: "mtrace", ...origin, omitted: book.omitted(0) });
}
