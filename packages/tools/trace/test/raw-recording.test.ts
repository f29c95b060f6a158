import fc from "fast-check";
import { expect, test } from "vitest";
import { importRaw, rawCommand, TraceFormatError } from "../src/index.js";

type RawEvent = readonly [sequence: number, kind: number, address: number, size?: number, extra?: number];
const [MALLOC, CALLOC, ALIGNED, REALLOC, MOVED, FREE] = [1, 2, 3, 4, 5, 6];

/** A recording as heaprecord.c would write it: chunks of [thread, events]. */
function raw(...chunks: (readonly [thread: number, events: readonly RawEvent[]])[]): Uint8Array {
  const command = "/usr/bin/demo\0-x\0";
  const parts: Uint8Array[] = [new TextEncoder().encode("HEAPRAW1"), new Uint8Array(Uint32Array.of(command.length).buffer), new TextEncoder().encode(command)];
  for (const [thread, events] of chunks) {
    parts.push(new Uint8Array(Uint32Array.of(thread, events.length).buffer));
    for (const [sequence, kind, address, size = 0, extra = 0] of events) {
      parts.push(new Uint8Array(BigUint64Array.of((BigInt(kind) << 56n) | BigInt(sequence), BigInt(address), BigInt(size), BigInt(extra)).buffer));
    }
  }
  return new Uint8Array(Buffer.concat(parts));
}

test("events of all threads come into one order, by their numbers", () => {
  const { origin, events } = importRaw(
    raw([5, [[1, CALLOC, 0x20, 8, 3], [3, FREE, 0x10]]], [9, [[0, MALLOC, 0x10, 100], [2, ALIGNED, 0x40, 50, 64]]]),
  );
  expect(origin).toMatchObject({ program: "demo", command: "demo -x", recorder: "heaprecord" });
  expect(events).toEqual({
    kind: Uint8Array.of(0, 1, 2, 4),
    thread: Uint16Array.of(0, 1, 0, 1),
    block: Uint32Array.of(1, 2, 3, 1),
    size: Uint32Array.of(100, 8, 50, 0),
    other: Uint32Array.of(0, 3, 64, 0),
  });
});

test("an address given up by a realloc may be handed out before the realloc has ended", () => {
  const { events, origin } = importRaw(
    raw([0, [[0, MALLOC, 0x10, 1], [1, REALLOC, 0x10, 2], [3, MOVED, 0x90, 2], [4, FREE, 0x90]]], [1, [[2, MALLOC, 0x10, 7], [5, FREE, 0x10]]]),
  );
  expect([...events.kind]).toEqual([0, 0, 3, 4, 4]);
  expect([...events.block]).toEqual([1, 2, 3, 3, 2]);
  expect(origin.omitted.unseenFrees).toBe(0);
});

test("a realloc that fails leaves its block, one to nothing frees it", () => {
  const { events } = importRaw(
    raw([0, [[0, MALLOC, 0x10, 1], [1, REALLOC, 0x10, 99], [2, MOVED, 0, 99], [3, REALLOC, 0x10, 0], [4, MOVED, 0, 0]]]),
  );
  expect([...events.kind]).toEqual([0, 4]);
});

test("what was made before the recording is left out and counted", () => {
  const { origin, summary } = importRaw(raw([0, [[0, FREE, 0x10], [1, REALLOC, 0x20, 5], [2, MOVED, 0x30, 5], [3, FREE, 0x30]]]));
  expect(summary).toMatchObject({ events: 2, mallocs: 1, frees: 1 });
  expect(origin.omitted.unknownBlocks).toBe(2);
});

test("only what comes before a hole is believed", () => {
  const { origin, summary } = importRaw(raw([0, [[0, MALLOC, 0x10, 1], [2, FREE, 0x10], [3, MALLOC, 0x10, 1]]]));
  expect(summary.events).toBe(1);
  expect(origin.omitted.afterHole).toBe(2);
});

test("other files are refused", () => {
  const good = raw([0, [[0, MALLOC, 0x10, 1]]]);
  expect(rawCommand(good)).toEqual(["/usr/bin/demo", "-x"]);
  const fault = (name: string): Error => expect.objectContaining({ fault: name }) as Error;
  expect(() => importRaw(new Uint8Array(10))).toThrow(fault("not-a-trace"));
  expect(() => importRaw(good.subarray(0, 20))).toThrow(fault("truncated"));
  expect(() => importRaw(raw([0, [[0, MALLOC, 0x10, 1], [0, FREE, 0x10]]]))).toThrow(fault("inconsistent"));
  expect(() => importRaw(raw([0, [[0, MOVED, 0x10, 1]]]))).toThrow(fault("inconsistent"));
  expect(() => importRaw(raw([0, [[0, 99, 0x10, 1]]]))).toThrow(fault("inconsistent"));
});

test("no bytes at all make it crash", () => {
  const good = raw([0, [[0, MALLOC, 0x10, 1], [1, REALLOC, 0x10, 2], [2, MOVED, 0x10, 2], [3, FREE, 0x10]]], [1, [[4, CALLOC, 0x50, 2, 2]]]);
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
      const bad = good.slice(0, length);
      if (at < length) bad[at] = byte;
      try {
        importRaw(bad);
      } catch (error) {
        expect(error).toBeInstanceOf(TraceFormatError);
      }
    }),
    { numRuns: 2000 },
  );
});
