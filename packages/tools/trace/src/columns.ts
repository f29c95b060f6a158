/**
 * The events as the columns of a trace file, and back: one column per kind of number, so that like stands by like and
 * compresses well. Numbers of new blocks are not stored, since they follow from the order; the block that an event ends
 * is stored as its age, which is how many blocks have been made since. FORMAT.md has the table.
 */
import { EventKind, type TraceEvents } from "./trace.js";
import { TraceFormatError } from "./trace-format-error.js";
import { ColumnReader, ColumnWriter } from "./varint.js";

/** In the order in which they stand in the file. */
export const COLUMNS = ["kinds", "threads", "sizes", "counts", "alignments", "freed", "moved"] as const;
export type ColumnName = (typeof COLUMNS)[number];
export type Columns = Readonly<Record<ColumnName, Uint8Array>>;

export function toColumns({ kind, thread, block, size, other }: TraceEvents): Columns {
  const threads = new ColumnWriter();
  const sizes = new ColumnWriter();
  const counts = new ColumnWriter();
  const alignments = new ColumnWriter();
  const freed = new ColumnWriter();
  const moved = new ColumnWriter();
  let blocks = 0;
  for (let i = 0, run = 0; i < kind.length; i += 1) {
    run += 1;
    if (i + 1 === kind.length || thread[i + 1] !== thread[i]) {
      threads.put(thread[i]);
      threads.put(run);
      run = 0;
    }
    if (kind[i] === EventKind.free) {
      freed.put(blocks - block[i]);
      continue;
    }
    sizes.put(size[i]);
    if (kind[i] === EventKind.calloc) counts.put(other[i]);
    if (kind[i] === EventKind.alignedAlloc) alignments.put(31 - Math.clz32(other[i]));
    if (kind[i] === EventKind.realloc) moved.put(blocks - other[i]);
    blocks += 1;
  }
  return {
    kinds: kind, threads: threads.bytes(), sizes: sizes.bytes(), counts: counts.bytes(),
    alignments: alignments.bytes(), freed: freed.bytes(), moved: moved.bytes(),
  };
}

/** @throws TraceFormatError when the columns do not fit each other; whether the events make sense is not asked here */
export function fromColumns(columns: Columns): TraceEvents {
  const reader = (name: ColumnName): ColumnReader => new ColumnReader(name, columns[name]);
  const [threads, sizes, counts] = [reader("threads"), reader("sizes"), reader("counts")];
  const [alignments, freed, moved] = [reader("alignments"), reader("freed"), reader("moved")];
  const events = columns.kinds.length;
  const kind = columns.kinds;
  const thread = new Uint16Array(events);
  const block = new Uint32Array(events);
  const size = new Uint32Array(events);
  const other = new Uint32Array(events);
  let blocks = 0;

  const older = (age: number): number => {
    if (age >= blocks) throw new TraceFormatError("inconsistent", `a block is older than the first`);
    return blocks - age;
  };

  for (let i = 0, run = 0, current = 0; i < events; i += 1) {
    if (run === 0) {
      current = threads.take();
      run = threads.take();
      if (run === 0 || current > 0xffff) throw new TraceFormatError("inconsistent", "column threads has an impossible run");
    }
    run -= 1;
    thread[i] = current;
    if (kind[i] === EventKind.free) {
      block[i] = older(freed.take());
      continue;
    }
    size[i] = sizes.take();
    if (kind[i] === EventKind.calloc) other[i] = counts.take();
    if (kind[i] === EventKind.alignedAlloc) other[i] = 2 ** Math.min(alignments.take(), 32);
    if (kind[i] === EventKind.realloc) other[i] = older(moved.take());
    block[i] = blocks += 1;
  }
  for (const [name, column] of Object.entries({ threads, sizes, counts, alignments, freed, moved })) {
    if (!column.done) throw new TraceFormatError("inconsistent", `column ${name} is too long`);
  }
  return { kind, thread, block, size, other };
}
