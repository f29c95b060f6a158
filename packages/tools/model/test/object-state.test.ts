// Fields and containers are put back to what they were when they were noted, the first time or anew.
import { expect, test } from "vitest";
import { ObjectState } from "../src/object-state.js";

/** What each of the things holds: a number in a field, in containers, and in an object that comes and goes. */
const thing = () => ({
  field: 1,
  array: [1],
  map: new Map([["key", 1]]),
  set: new Set([1]),
  view: Int32Array.of(1),
  within: { field: 1 },
  guest: undefined as { field: number; array: number[] } | undefined,
});

type Thing = ReturnType<typeof thing>;

function setTo(one: Thing, value: number): void {
  one.field = value;
  one.array.splice(0, one.array.length, ...Array<number>(value).fill(value));
  one.map.clear();
  one.map.set("key", value);
  one.set.clear();
  one.set.add(value);
  one.view[0] = value;
  one.within.field = value;
  if (one.guest !== undefined) Object.assign(one.guest, { field: value, array: [value] });
}

const holding = (value: number): Thing => {
  const one = thing();
  setTo(one, value);
  return one;
};

test("what was noted is put back", () => {
  const one = thing();
  const state = new ObjectState(one);
  setTo(one, 2);
  one.guest = { field: 2, array: [2] };
  state.restore();
  expect(one).toEqual(holding(1));
});

test("what is noted anew is put back from then on", () => {
  const one = thing();
  const state = new ObjectState(one);
  for (const value of [2, 3, 1]) {
    setTo(one, value);
    state.retake();
    setTo(one, 4);
    state.restore();
    expect(one).toEqual(holding(value));
  }
});

test("what came after the first time is put back while it is there, however often it was noted", () => {
  const one = thing();
  const state = new ObjectState(one);
  one.guest = { field: 1, array: [1] };
  for (const value of [2, 2, 3]) {
    setTo(one, value);
    state.retake();
    setTo(one, 4);
    state.restore();
    expect(one).toEqual({ ...holding(value), guest: { field: value, array: [value] } });
  }
  const { guest } = one;
  one.guest = undefined;
  state.retake();
  one.guest = guest;
  guest.array.push(5);
  state.restore();
  expect(one).toEqual(holding(3));
  expect(guest.array).toEqual([3, 5]);
});
