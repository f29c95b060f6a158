/**
 * The JSON header of a trace file, read without trust: every field has the type it should have, or the file is refused.
 */
import { COLUMNS, type ColumnName } from "./columns.js";
import { NOTHING_OMITTED, type TraceOmissions, type TraceOrigin } from "./trace.js";
import { TraceFormatError } from "./trace-format-error.js";

/** 64 Mi events and 256 MiB a column: far beyond any trace of use, and still something a machine can hold. */
const MOST_EVENTS = 2 ** 26;
const MOST_BYTES = 2 ** 28;

export interface TraceHeader {
  readonly origin: TraceOrigin;
  /** Compared with the figures of the events, and otherwise not used. */
  readonly summary: unknown;
  readonly columns: Readonly<Record<ColumnName, ColumnLengths>>;
}

interface ColumnLengths {
  readonly bytes: number;
  readonly packed: number;
}

type Json = Readonly<Record<string, unknown>>;

/** @throws TraceFormatError `inconsistent` */
export function parseHeader(bytes: Uint8Array): TraceHeader {
  const header = object(parse(bytes), "the header");
  const columns = object(header["columns"], "columns");
  const lengths = COLUMNS.map((name): [ColumnName, ColumnLengths] => [name, parseLengths(name, columns[name])]);
  return {
    origin: parseOrigin(object(header["origin"], "origin")),
    summary: header["summary"],
    columns: Object.fromEntries(lengths) as Record<ColumnName, ColumnLengths>,
  };
}

function parseOrigin(origin: Json): TraceOrigin {
  const omitted = object(origin["omitted"], "origin.omitted");
  const text = (name: string): string => {
    const value = origin[name];
    return typeof value === "string" ? value : wrong(`origin.${name} is not a string`);
  };
  const names = Object.keys(NOTHING_OMITTED) as (keyof TraceOmissions)[];
  return {
    program: text("program"),
    version: text("version"),
    command: text("command"),
    recorder: text("recorder"),
    omitted: Object.fromEntries(names.map((name) => [name, count(omitted[name], `omitted.${name}`)])) as unknown as TraceOmissions,
  };
}

function parseLengths(name: ColumnName, value: unknown): ColumnLengths {
  const [bytes, packed] = Array.isArray(value) ? (value as unknown[]) : [];
  const lengths = { bytes: count(bytes, `columns.${name}`), packed: count(packed, `columns.${name}`) };
  if (lengths.bytes > (name === "kinds" ? MOST_EVENTS : MOST_BYTES)) wrong(`column ${name} is too large`);
  return lengths;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return wrong("the header is not JSON");
  }
}

function object(value: unknown, name: string): Json {
  return typeof value === "object" && value !== null ? (value as Json) : wrong(`${name} is not an object`);
}

function count(value: unknown, name: string): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : wrong(`${name} is not a count`);
}

function wrong(what: string): never {
  throw new TraceFormatError("inconsistent", what);
}
