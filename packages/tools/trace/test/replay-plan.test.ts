import { expect, test } from "vitest";
import { planReplay, TraceBuilder } from "../src/index.js";
import { EventFlag } from "../src/replay-plan.js";
import { EventKind } from "../src/trace.js";

const { foreign, shared, peak } = EventFlag;

test("each thread gets its own events, with what it must know of the others", () => {
  const builder = new TraceBuilder();
  const a = builder.malloc(0, 100);
  const b = builder.calloc(0, 2, 8);
  const c = builder.realloc(1, a, 300);
  builder.free(0, b);
  builder.alignedAlloc(1, 64, 5);
  builder.free(0, c);
  const plan = planReplay(builder.build());

  expect(plan).toMatchObject({ events: 6, blocks: 4, sizes: Uint32Array.of(0, 100, 16, 300, 5) });
  expect(plan.programs[0]).toEqual({
    kind: Uint8Array.of(EventKind.malloc | shared, EventKind.calloc, EventKind.free, EventKind.free | foreign),
    event: Uint32Array.of(0, 1, 3, 5),
    block: Uint32Array.of(a, b, b, c),
    size: Uint32Array.of(100, 8, 16, 300),
    other: Uint32Array.of(0, 2, 0, 0),
    leftovers: Uint32Array.of(),
  });
  expect(plan.programs[1]).toEqual({
    kind: Uint8Array.of(EventKind.realloc | foreign | shared | peak, EventKind.alignedAlloc),
    event: Uint32Array.of(2, 4),
    block: Uint32Array.of(c, 4),
    size: Uint32Array.of(300, 5),
    other: Uint32Array.of(a, 64),
    leftovers: Uint32Array.of(4),
  });
});

test("the plan lies in shared memory", () => {
  const builder = new TraceBuilder();
  builder.malloc(0, 1);
  const [program] = planReplay(builder.build()).programs;
  for (const column of Object.values(program) as Uint32Array[]) expect(column.buffer).toBeInstanceOf(SharedArrayBuffer);
});
