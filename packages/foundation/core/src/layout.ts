/**
 * Tables that describe words in memory, one per structure: the table is the offsets, the types, the drawing and the
 * check. Offsets are in words, so that `memory.i32[w + NODE.next]` stays visible as the plain access it is, and
 * `memory.load(w + NODE.next)` as the atomic one; that difference is what layers are about.
 */

/**
 * One field of a {@link struct}. Who writes it, how, and when it is stable is best said in a comment in front of the field:
 * editors show it wherever the field is used, `docs/layouts.md` has it, and no program carries it.
 */
export interface Field {
  readonly words: number;
  readonly type: string;
  /** The same for {@link diagram}, where there is no comment. */
  readonly text: string;
}

/** One 32-bit word. */
export const i32 = (text = ""): Field => ({ words: 1, type: "i32", text });

/** Two words that change together by `cas2`; aligned to 8 bytes. */
export const pair = (text = ""): Field => ({ words: 2, type: "pair", text });

/** `count` consecutive words. */
export const words = (count: number, text = ""): Field => ({ words: count, type: `i32[${count}]`, text });

/** What every layout table knows about itself, beside the offsets. */
export interface StructInfo {
  readonly kind: "struct";
  readonly name: string;
  /** Size of one, a multiple of `align`. */
  readonly bytes: number;
  /** The address of one is a multiple of this many bytes. */
  readonly align: number;
  readonly fields: Readonly<Record<string, Field>>;
}

export type Struct<F> = StructInfo & { readonly [K in keyof F]: number };

/** What a {@link packed} table knows about itself. */
export interface PackedInfo {
  readonly kind: "packed";
  readonly name: string;
  readonly widths: Readonly<Record<string, number>>;
}

/** Reads and replaces one bit field of a word. Values are unsigned; words are int32. */
export interface BitField {
  readonly shift: number;
  /** Largest value that fits. */
  readonly maximum: number;
  get(word: number): number;
  /** The word with this field replaced. Bits of `value` that do not fit are dropped. */
  set(word: number, value: number): number;
}

export type Packed<F> = PackedInfo & { readonly [K in keyof F]: BitField };

export type Layout = StructInfo | PackedInfo;

const RESERVED = new Set(["kind", "name", "bytes", "align", "fields", "widths"]);

/**
 * Lays fields out in order; a {@link pair} starts at an even word.
 * @param options.align alignment of the whole in bytes, a power of two; 128 keeps neighbours off each other's cache lines
 * @param options.bytes the size that is expected: anything else throws, so that a layout cannot change unnoticed
 */
export function struct<const F extends Record<string, Field>>(
  name: string,
  fields: F,
  options: { readonly align?: number; readonly bytes?: number } = {},
): Struct<F> {
  const offsets: Record<string, number> = {};
  let at = 0;
  let align = options.align ?? 4;
  for (const [key, field] of Object.entries(fields)) {
    if (RESERVED.has(key)) throw new RangeError(`${name}.${key}: a field cannot have this name`);
    if (field.type === "pair") {
      at += at & 1;
      align = Math.max(align, 8);
    }
    offsets[key] = at;
    at += field.words;
  }
  const bytes = Math.ceil((at * 4) / align) * align;
  if (options.bytes !== undefined && options.bytes !== bytes) {
    throw new RangeError(`${name} takes ${bytes} bytes, not ${options.bytes}`);
  }
  return Object.freeze({ ...offsets, kind: "struct", name, bytes, align, fields } as unknown as Struct<F>);
}

/** Bit fields of one 32-bit word, from the lowest bit up; their widths must add up to 32. */
export function packed<const F extends Record<string, number>>(name: string, widths: F): Packed<F> {
  const fields: Record<string, BitField> = {};
  let shift = 0;
  for (const [key, width] of Object.entries(widths)) {
    if (RESERVED.has(key)) throw new RangeError(`${name}.${key}: a field cannot have this name`);
    fields[key] = bitField(shift, width);
    shift += width;
  }
  if (shift !== 32) throw new RangeError(`${name}: widths add up to ${shift}, not 32`);
  return Object.freeze({ ...fields, kind: "packed", name, widths } as unknown as Packed<F>);
}

function bitField(shift: number, width: number): BitField {
  const maximum = width === 32 ? 0xffffffff : 2 ** width - 1;
  const mask = maximum << shift;
  return Object.freeze({
    shift,
    maximum,
    get: (word: number): number => ((word & mask) >>> shift),
    set: (word: number, value: number): number => (word & ~mask) | ((value << shift) & mask),
  });
}

/** A drawing of a layout as lines of text: offsets, names, types and sentences. */
export function diagram(layout: Layout): string {
  return layout.kind === "struct" ? structDiagram(layout) : packedDiagram(layout);
}

function structDiagram(layout: StructInfo): string {
  const offsets = layout as unknown as Record<string, number>;
  const rows = Object.entries(layout.fields).map(([key, field]) => [String(offsets[key] * 4), key, field.type, field.text]);
  const used = Object.entries(layout.fields).reduce((end, [key, f]) => Math.max(end, (offsets[key] + f.words) * 4), 0);
  if (used < layout.bytes) rows.push([String(used), "", `${layout.bytes - used} bytes`, "padding"]);
  return table([`byte`, "field", "type", "who writes it, how, when it is stable"], rows);
}

function packedDiagram(layout: PackedInfo): string {
  const fields = layout as unknown as Record<string, BitField>;
  const rows = Object.entries(layout.widths).map(([key, width]) => {
    const low = fields[key].shift;
    return [width === 1 ? String(low) : `${low}-${low + width - 1}`, key, String(width)];
  });
  return table(["bits", "field", "width"], rows);
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
