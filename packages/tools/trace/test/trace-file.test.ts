import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeTrace, encodeTrace, TraceBuilder, TraceFormatError, type Trace, type TraceFault } from "../src/index.js";
import { randomTrace } from "./random-trace.js";

/** A sound trace of any shape: what to do next is drawn, what it is done to follows from what is live. */
const traces: fc.Arbitrary<Trace> = fc
  .array(
    fc.record({
      thread: fc.integer({ min: 0, max: 4 }),
      choice: fc.integer({ min: 0, max: 4 }),
      size: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
      pick: fc.nat(),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    const builder = new TraceBuilder();
    const live: number[] = [];
    for (const { thread, choice, size, pick } of steps) {
      const [old] = choice >= 3 && live.length > 0 ? live.splice(pick % live.length, 1) : [];
      if (old !== undefined && choice === 3) builder.free(thread, old);
      else if (old !== undefined) live.push(builder.realloc(thread, old, size));
      else if (choice === 1) live.push(builder.calloc(thread, pick % 2 === 0 ? 1 : 0, size));
      else if (choice === 2) live.push(builder.alignedAlloc(thread, 2 ** (pick % 32), size));
      else live.push(builder.malloc(thread, size));
    }
    return builder.build({ program: "any", version: "1.2 \u00e9", command: 'a "b"' });
  });

function faultOf(bytes: Uint8Array): TraceFault {
  try {
    decodeTrace(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(TraceFormatError);
    return (error as TraceFormatError).fault;
  }
  throw new Error("was decoded");
}

/** The file with its header changed; lengths are put right. */
function withHeader(file: Uint8Array, change: (header: Record<string, any>) => void): Uint8Array { // eslint-disable-line @typescript-eslint/no-explicit-any -- a header of any shape is the point
  const view = new DataView(file.buffer, file.byteOffset);
  const end = 16 + view.getUint32(12, true);
  const header = JSON.parse(new TextDecoder().decode(file.subarray(16, end))) as Record<string, never>;
  change(header);
  const text = new TextEncoder().encode(JSON.stringify(header));
  const changed = Buffer.concat([file.subarray(0, 16), text, file.subarray(end)]);
  changed.writeUInt32LE(text.length, 12);
  return changed;
}

test("a trace is built without the events that were refused", () => {
  const builder = new TraceBuilder();
  const first = builder.malloc(7, 10);
  expect(() => builder.malloc(7, -1)).toThrow(TraceFormatError);
  expect(() => builder.realloc(7, first, 2 ** 32)).toThrow(TraceFormatError);
  builder.free(7, builder.calloc(7, 3, 5));
  builder.free(7, first);
  expect(builder.build().summary).toMatchObject({ events: 4, blocks: 2 });
});

describe("trace files", () => {
  test("come back as they were", () => {
    fc.assert(
      fc.property(traces, (trace) => {
        expect(decodeTrace(encodeTrace(trace))).toEqual(trace);
      }),
    );
  });

  test("state the peak and the event that reaches it", () => {
    const builder = new TraceBuilder();
    const a = builder.malloc(7, 100);
    const b = builder.calloc(7, 3, 10);
    builder.free(9, a);
    builder.realloc(9, b, 50);
    const { summary } = decodeTrace(encodeTrace(builder.build()));
    expect(summary).toEqual({
      events: 4, threads: 2, blocks: 3, mallocs: 1, callocs: 1, alignedAllocs: 0, reallocs: 1, frees: 1,
      crossThreadFrees: 2, neverFreed: 1, allocatedBytes: 180, peak: { event: 1, bytes: 130, blocks: 2 }, mostBlocks: 2,
    });
  });

  test("take few bytes", () => {
    expect(encodeTrace(randomTrace(1, 3, 20_000)).length).toBeLessThan(20_000 * 4);
  });
});

describe("bad files are refused by a TraceFormatError", () => {
  const file = encodeTrace(randomTrace(2, 2, 300));

  test("of another kind", () => {
    expect(faultOf(new TextEncoder().encode("= Start\n= End\n"))).toBe("not-a-trace");
    expect(faultOf(new Uint8Array(40))).toBe("not-a-trace");
  });

  test("of a later version", () => {
    const later = file.slice();
    later[8] = 2;
    expect(faultOf(later)).toBe("newer-version");
  });

  test("cut anywhere", () => {
    for (let length = 0; length < file.length; length += 1) expect(faultOf(file.subarray(0, length))).toBe("truncated");
  });

  test("with bytes behind the end", () => {
    expect(faultOf(Buffer.concat([file, new Uint8Array(1)]))).toBe("inconsistent");
  });

  test("with a header that says something else than the events", () => {
    expect(faultOf(withHeader(file, (header) => (header["summary"].peak.bytes += 1)))).toBe("inconsistent");
    expect(faultOf(withHeader(file, (header) => (header["columns"].sizes[0] += 1)))).toBe("inconsistent");
    expect(faultOf(withHeader(file, (header) => (header["columns"].kinds[0] = 2 ** 40)))).toBe("inconsistent");
    expect(faultOf(withHeader(file, (header) => delete header["columns"].moved))).toBe("inconsistent");
    expect(faultOf(withHeader(file, (header) => (header["origin"].program = 7)))).toBe("inconsistent");
    expect(faultOf(withHeader(file, (header) => (header["origin"] = null)))).toBe("inconsistent");
  });

  test("with any byte changed, or they decode to something sound", () => {
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = file.slice();
        changed[at] ^= change;
        try {
          decodeTrace(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(TraceFormatError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("traces that make no sense are not built", () => {
  const building = (steps: (builder: TraceBuilder) => void) => () => {
    const builder = new TraceBuilder();
    steps(builder);
    builder.build();
  };

  test.each([
    ["freeing what was never made", (b: TraceBuilder) => b.free(0, 1)],
    ["freeing twice", (b: TraceBuilder) => (b.malloc(0, 1), b.free(0, 1), b.free(0, 1))],
    ["resizing what is gone", (b: TraceBuilder) => (b.malloc(0, 1), b.free(0, 1), b.realloc(0, 1, 5))],
    ["resizing a block into itself", (b: TraceBuilder) => b.realloc(0, 1, 5)],
    ["an alignment of 3", (b: TraceBuilder) => b.alignedAlloc(0, 3, 5)],
    ["no alignment", (b: TraceBuilder) => b.alignedAlloc(0, 0, 5)],
    ["a product beyond 32 bits", (b: TraceBuilder) => b.calloc(0, 2 ** 16, 2 ** 16)],
    ["a negative size", (b: TraceBuilder) => b.malloc(0, -1)],
    ["a size beyond 32 bits", (b: TraceBuilder) => b.malloc(0, 2 ** 32)],
  ])("%s", (_, steps) => expect(building(steps)).toThrow(TraceFormatError));
});
