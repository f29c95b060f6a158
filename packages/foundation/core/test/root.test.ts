import { describe, expect, it } from "vitest";
import { fixed, growable, openMemory, ROOT, Root, THREADS, wasm, type Identity, type MemorySource } from "../src/index.js";

const IDENTITY: Identity = { preset: "test", options: "{}", maximumThreads: 4 };

function format(source: MemorySource, layers: (root: Root) => unknown = () => 0): { root: Root; join: (identity?: Identity, others?: typeof layers) => Root } {
  const { handle, zeroFrom } = source.open();
  const root = Root.format(openMemory(handle), IDENTITY, zeroFrom);
  layers(root);
  root.seal();
  return {
    root,
    join(identity = IDENTITY, others = layers) {
      const joined = Root.attach(openMemory(handle), identity);
      others(joined);
      joined.seal();
      return joined;
    },
  };
}

const refusal = (mismatch: string): unknown => expect.objectContaining({ name: "AttachError", mismatch });

describe("claims", () => {
  it("arrive at the same addresses in every thread", () => {
    const places: number[][] = [];
    const layers = (root: Root): unknown => places.push([root.claim("a", 10), root.claim("b", 100, 128), root.claim("c", 4)]);
    const { join } = format(growable(), layers);
    join();
    expect(places[1]).toEqual(places[0]);
    const [a, b, c] = places[0];
    expect(b % 128).toBe(0);
    expect(b).toBeGreaterThanOrEqual(a + 10);
    expect(c).toBeGreaterThanOrEqual(b + 100);
  });

  it("are zero even in a dirty buffer", () => {
    const buffer = new SharedArrayBuffer(65536);
    new Uint8Array(buffer).fill(0xaa);
    let address = 0;
    const { root } = format(fixed(buffer), (r) => (address = r.claim("a", 64)));
    expect([...root.memory.u8.subarray(address, address + 64)].every((byte) => byte === 0)).toBe(true);
  });

  it("leave what lies below the base alone", () => {
    const memory = new WebAssembly.Memory({ initial: 2, maximum: 4, shared: true });
    new Uint8Array(memory.buffer).fill(0xcc);
    const { root } = format(wasm(memory, { base: 5000 }), (r) => r.claim("a", 64));
    expect(root.address).toBe(5120);
    expect(new Uint8Array(memory.buffer).subarray(0, 5000).every((byte) => byte === 0xcc)).toBe(true);
  });

  it("grow the memory, and say so when it is too small", () => {
    const { root } = format(growable({ initial: 1, maximum: 2 ** 20 }), (r) => r.claim("big", 100000));
    expect(root.memory.end).toBeGreaterThan(100000);
    expect(() => format(fixed(100))).toThrow(/too small/);
    const own = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    expect(() => format(wasm(own), (r) => r.claim("big", 100_000))).toThrow(/too small: 65536 bytes, at most 1073741824 \(maximumBytes\),/);
  });
});

describe("attaching", () => {
  it("is refused by name: no heap, version, preset, options, layout", () => {
    expect(() => Root.attach(openMemory(growable().open().handle), IDENTITY)).toThrow(refusal("magic"));
    expect(() => Root.attach(openMemory(fixed(16).open().handle), IDENTITY)).toThrow(refusal("magic"));
    const { root, join } = format(growable(), (r) => r.claim("a", 64));
    expect(() => join({ ...IDENTITY, preset: "other" })).toThrow(/holds a heap of preset "test", not "other"/);
    expect(() => join({ ...IDENTITY, options: "{f: 1}" })).toThrow(refusal("options"));
    expect(() => join(IDENTITY, (r) => r.claim("a", 65))).toThrow(refusal("layout"));
    root.memory.i32[(root.address >>> 2) + ROOT.version]++;
    expect(() => join()).toThrow(refusal("version"));
  });

  it("is refused when the header is said to end elsewhere", () => {
    const { root, join } = format(growable(), (r) => r.claim("a", 64));
    root.memory.i32[(root.address >>> 2) + ROOT.headerEnd] -= 8;
    expect(() => join()).toThrow(refusal("layout"));
    expect(root.threads.count()).toBe(1);
  });

  it("leaves no slot behind when the layout differs", () => {
    const { root, join } = format(growable(), (r) => r.claim("a", 64));
    for (let i = 0; i < 10; i++) expect(() => join(IDENTITY, (r) => r.claim("b", 64))).toThrow(refusal("layout"));
    expect(root.threads.count()).toBe(1);
  });

  it("knows a heap only once it is sealed", () => {
    const { handle, zeroFrom } = growable().open();
    const root = Root.format(openMemory(handle), IDENTITY, zeroFrom);
    expect(() => Root.attach(openMemory(handle), IDENTITY)).toThrow(refusal("magic"));
    root.seal();
    expect(Root.attach(openMemory(handle), IDENTITY).fresh).toBe(false);
  });
});

describe("threads", () => {
  it("get ids that are never used twice, and slots that are", () => {
    const { root, join } = format(growable());
    const second = join();
    expect([root.threads.id, second.threads.id]).toEqual([1, 2]);
    second.threads.leave();
    const third = join();
    expect([third.threads.id, third.threads.slot]).toEqual([3, second.threads.slot]);
  });

  it("are refused when all slots are taken", () => {
    const { join } = format(growable());
    join(), join(), join();
    expect(() => join()).toThrow(refusal("threads"));
  });

  it("are refused when all ids have been given, since none is given twice", () => {
    const { root, join } = format(growable());
    const lastId = (root.address + ROOT.bytes) / 4 + THREADS.lastId;
    root.memory.i32[lastId] = 0x7fffffff - 1;
    const last = join();
    expect(last.threads.id).toBe(0x7fffffff);
    last.threads.leave();
    expect(() => join()).toThrow(refusal("threads"));
    expect(() => join()).toThrow(/ids/);
    expect(root.threads.count()).toBe(1);
  });

  it("may have died unnoticed while others than the caller are attached", () => {
    const { root, join } = format(growable());
    expect(root.threads.deathIsPossible()).toBe(false);
    const other = join();
    expect(root.threads.deathIsPossible()).toBe(true);
    other.threads.leave();
    expect(root.threads.deathIsPossible()).toBe(false);
  });

  it("whose reclaimer died are reclaimed together with it", () => {
    const { root, join } = format(growable());
    const [victim, reclaimer] = [join().threads, join().threads];
    const attempts: string[] = [];
    // the reclaimer is cut short in the middle: as seen by others it is still at it
    reclaimer.reclaim(victim.id, () => {
      attempts.push("cut short");
      expect(root.threads.reclaim(victim.id, () => attempts.push("too early"))).toBe(false);
      expect(root.threads.reclaim(reclaimer.id, (id) => attempts.push(id === victim.id ? "again" : "of the reclaimer"))).toBe(true);
      expect(root.threads.reclaim(victim.id, () => attempts.push("too late"))).toBe(false);
    });
    expect(attempts).toEqual(["cut short", "of the reclaimer", "again"]);
    expect(root.threads.count()).toBe(1);
  });

  it("whose reclaimer died are reclaimed together with it, also when that failed half-way", () => {
    const { root, join } = format(growable());
    const [victim, reclaimer] = [join().threads, join().threads];
    const seen: number[] = [];
    reclaimer.reclaim(victim.id, () => {
      const failing = (id: number): void => {
        if (id === victim.id) throw new Error("half-way");
      };
      expect(() => root.threads.reclaim(reclaimer.id, failing)).toThrow("half-way");
      expect(root.threads.reclaim(reclaimer.id, (id) => seen.push(id))).toBe(true);
    });
    expect(seen).toEqual([reclaimer.id, victim.id]);
    expect(root.threads.count()).toBe(1);
  });

  it("are reclaimed once, after which bytes may be lost", () => {
    const { root, join } = format(growable());
    const dead = join().threads;
    const seen: number[] = [];
    expect(root.threads.reclaim(dead.id, (id, slot) => {
      expect(id).toBe(dead.id);
      seen.push(slot);
      expect(root.threads.reclaim(dead.id, () => seen.push(-1))).toBe(false);
    })).toBe(true);
    expect(seen).toEqual([dead.slot]);
    expect(root.threads.reclaim(dead.id, () => seen.push(-1))).toBe(false);
    for (const none of [0, -dead.id, Number.NaN, "2", { valueOf: () => { throw new Error("asked"); } }]) {
      expect(root.threads.reclaim(none as number, () => seen.push(-1))).toBe(false);
    }
    expect(root.threads.deathIsPossible()).toBe(true);
    expect(root.threads.count()).toBe(1);
  });

  it("can be reclaimed again when that failed half-way", () => {
    const { root, join } = format(growable());
    const dead = join().threads;
    expect(() => root.threads.reclaim(dead.id, () => { throw new Error("half-way"); })).toThrow("half-way");
    const seen: number[] = [];
    expect(root.threads.reclaim(dead.id, (_, slot) => seen.push(slot))).toBe(true);
    expect(seen).toEqual([dead.slot]);
  });
});
