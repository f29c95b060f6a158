/**
 * Trace files: a magic number, a version, a header in JSON that says what the trace is, then the events as columns, each
 * compressed with brotli. The one idea: nothing in a file is believed. The events are checked by {@link summarize}, and
 * the header must say what they say. FORMAT.md describes the format for other readers.
 *
 * Brotli is Node's, which is looked up when it is needed: an import would keep this whole package out of browsers.
 */
import { COLUMNS, fromColumns, toColumns, type ColumnName, type Columns } from "./columns.js";
import { parseHeader } from "./trace-header.js";
import { summarize } from "./summarize.js";
import type { Trace } from "./trace.js";
import { TraceFormatError } from "./trace-format-error.js";

const MAGIC = new TextEncoder().encode("HWTRACE\n");
const FIXED_BYTES = 16;
export const TRACE_VERSION = 1;

/**
 * Decompresses Brotli.
 * @param most bytes that it may give; it throws rather than making room for more
 */
export type Unpack = (packed: Uint8Array, most: number) => Uint8Array;

/** Needs Node. @returns the bytes of a trace file */
export function encodeTrace(trace: Trace): Uint8Array {
  const columns = toColumns(trace.events);
  const packed = COLUMNS.map((name) => pack(columns[name]));
  const lengths = Object.fromEntries(COLUMNS.map((name, i) => [name, [columns[name].length, packed[i].length]]));
  const header = { origin: trace.origin, summary: trace.summary, columns: lengths };
  const text = new TextEncoder().encode(JSON.stringify(header) + "\n");
  const start = new Uint8Array(FIXED_BYTES);
  start.set(MAGIC);
  new DataView(start.buffer).setUint32(8, TRACE_VERSION, true);
  new DataView(start.buffer).setUint32(12, text.length, true);
  return joined([start, text, ...packed]);
}

/**
 * @param unpack where there is no Node; default: what Node has
 * @throws TraceFormatError for anything but a whole, consistent file of a version that this package knows
 * @throws Error where there is neither Node nor `unpack`
 */
export function decodeTrace(bytes: Uint8Array, unpack: Unpack = nodeUnpack()): Trace {
  const magic = bytes.subarray(0, MAGIC.length);
  if (!magic.every((byte, i) => byte === MAGIC[i])) throw new TraceFormatError("not-a-trace", "not a trace file");
  if (bytes.length < FIXED_BYTES) throw new TraceFormatError("truncated", "the file ends in its first 16 bytes");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(8, true);
  if (version > TRACE_VERSION) {
    throw new TraceFormatError("newer-version", `format version ${version} is newer than ${TRACE_VERSION}`);
  }
  if (version === 0) throw new TraceFormatError("inconsistent", "there is no format version 0");
  const headerEnd = FIXED_BYTES + view.getUint32(12, true);
  if (headerEnd > bytes.length) throw new TraceFormatError("truncated", "the file ends in its header");
  const header = parseHeader(bytes.subarray(FIXED_BYTES, headerEnd));

  let at = headerEnd;
  const columns: Partial<Record<ColumnName, Uint8Array>> = {};
  for (const name of COLUMNS) {
    const { bytes: length, packed } = header.columns[name];
    if (at + packed > bytes.length) throw new TraceFormatError("truncated", `the file ends in column ${name}`);
    columns[name] = unpacked(name, bytes.subarray(at, (at += packed)), length, unpack);
  }
  if (at !== bytes.length) throw new TraceFormatError("inconsistent", `${bytes.length - at} bytes follow the last column`);
  const events = fromColumns(columns as Columns);
  const summary = summarize(events);
  if (JSON.stringify(summary) !== JSON.stringify(header.summary)) {
    throw new TraceFormatError("inconsistent", "the figures in the header are not those of the events");
  }
  return { origin: header.origin, events, summary };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function pack(column: Uint8Array): Uint8Array {
  const { brotliCompressSync, constants } = zlib();
  return brotliCompressSync(column, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: column.length,
    },
  });
}

/** The stated length bounds what a hostile file can make us allocate, before a byte is unpacked. */
function unpacked(name: ColumnName, packed: Uint8Array, length: number, unpack: Unpack): Uint8Array {
  let column: Uint8Array;
  try {
    column = unpack(packed, Math.max(length, 1));
  } catch (cause) {
    throw new TraceFormatError("inconsistent", `column ${name} cannot be unpacked`, { cause });
  }
  if (column.length !== length) throw new TraceFormatError("inconsistent", `column ${name} is not ${length} bytes long`);
  return column;
}

function nodeUnpack(): Unpack {
  const { brotliDecompressSync } = zlib();
  return (packed, most) => new Uint8Array(brotliDecompressSync(packed, { maxOutputLength: most })); // not a Buffer, whose slice() is no copy
}

function zlib() {
  const node = (globalThis as { readonly process?: Partial<NodeJS.Process> }).process;
  const found = node?.getBuiltinModule?.("node:zlib");
  if (found === undefined) throw new Error("Brotli, which packs trace files, is looked for in Node, and this is not Node: give decodeTrace a function that unpacks");
  return found;
}
