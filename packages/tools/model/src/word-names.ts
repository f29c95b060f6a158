/** What words are called in a report: by the layout tables that were placed over them. */
import { ROOT, THREAD_SLOT, THREADS, type BitField, type PackedInfo, type Root, type StructInfo } from "@heapwright/core";

interface Place {
  readonly label: string;
  readonly layout: StructInfo;
  readonly address: number;
  readonly count: number;
  /** By field: how its word is to be read. */
  readonly fields: Readonly<Record<string, PackedInfo>>;
}

export class WordNames {
  private readonly places: Place[] = [];
  private readonly ranges: { label: string; address: number; bytes: number }[] = [];

  /**
   * Names the words of `count` consecutive structures.
   * @param fields tables by which the words of fields are read, where they are packed
   */
  place(label: string, layout: StructInfo, address: number, count = 1, fields: Readonly<Record<string, PackedInfo>> = {}): void {
    this.places.push({ label, layout, address, count, fields });
  }

  /** Names words that have no layout. */
  range(label: string, address: number, bytes: number): void {
    this.ranges.push({ label, address, bytes });
  }

  /** Names the header of a heap, and what is claimed of its root from now on. */
  heap(root: Root): void {
    const threads = root.address + ROOT.bytes;
    this.place("Root", ROOT, root.address);
    this.place("Threads", THREADS, threads);
    this.place("ThreadSlot", THREAD_SLOT, threads + THREADS.bytes, root.threads.capacity);
    const { claim, claimStruct } = root;
    root.claim = (name, bytes, alignment) => {
      const address = claim.call(root, name, bytes, alignment);
      this.range(name, address, bytes);
      return address;
    };
    root.claimStruct = (layout, count = 1) => {
      const address = claimStruct.call(root, layout, count);
      this.place(layout.name, layout, address, count);
      return address;
    };
  }

  of(w: number): string {
    const address = w * 4;
    const place = this.placeOf(address);
    if (place !== undefined) return nameIn(place, address);
    const range = this.ranges.findLast((one) => address >= one.address && address < one.address + one.bytes);
    if (range === undefined) return `word ${w}`;
    return range.bytes <= 4 ? range.label : `${range.label}[${(address - range.address) >>> 2}]`;
  }

  /** The value of a word, by fields where it has any. */
  value(w: number, value: number): string {
    const place = this.placeOf(w * 4);
    const field = place === undefined ? undefined : fieldAt(place, w * 4);
    const table = field === undefined ? undefined : place?.fields[field.name];
    if (table === undefined) return String(value);
    const parts = Object.keys(table.widths).map((name) => `${name} ${(table as unknown as Record<string, BitField>)[name].get(value)}`);
    return `{${parts.join(", ")}}`;
  }

  private placeOf(address: number): Place | undefined {
    return this.places.findLast((one) => address >= one.address && address < one.address + one.layout.bytes * one.count);
  }
}

function nameIn(place: Place, address: number): string {
  const index = Math.floor((address - place.address) / place.layout.bytes);
  const label = place.count === 1 ? place.label : `${place.label}[${index}]`;
  const field = fieldAt(place, address);
  if (field === undefined) return `${label}, padding`;
  return field.words === 1 ? `${label}.${field.name}` : `${label}.${field.name}[${field.offset}]`;
}

function fieldAt(place: Place, address: number): { name: string; offset: number; words: number } | undefined {
  const word = ((address - place.address) % place.layout.bytes) >>> 2;
  const offsets = place.layout as unknown as Record<string, number>;
  for (const [name, { words }] of Object.entries(place.layout.fields)) {
    if (word >= offsets[name] && word < offsets[name] + words) return { name, offset: word - offsets[name], words };
  }
  return undefined;
}
