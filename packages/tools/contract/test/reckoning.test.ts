import { beforeEach, expect, test } from "vitest";
import type { Heap } from "@heapwright/core";
import { ContractViolation } from "@heapwright/contract";
import { Control } from "../src/stress/control.js";
import { Reckoning } from "../src/stress/reckoning.js";
import { firstFit } from "./first-fit-preset.js";

let heap: Heap;
let control: Control;
let reckoning: Reckoning;

beforeEach(() => {
  heap = firstFit.create({ maximumBytes: 2 ** 20 });
  control = Control.make(1, 4, 2);
  reckoning = new Reckoning(heap, control);
});

function hold(slot: number, size: number): number {
  const address = heap.malloc(size);
  control.put(0, slot, { address, size, seed: 1 });
  return address;
}

test("blocks in slots and mailboxes cost nothing", () => {
  hold(2, 100);
  control.exchange(1, heap.malloc(50));
  expect(reckoning.settle(0)).toEqual({ lost: 0, ownerless: 0, unexplained: 0 });
});

test("live blocks that nobody holds are counted and freed", () => {
  const held = hold(0, 100);
  const [small, large] = [heap.malloc(200), heap.malloc(3000)];
  const { ownerless, unexplained } = reckoning.settle(1);
  expect(ownerless).toBeGreaterThanOrEqual(3200);
  expect(unexplained).toBeGreaterThanOrEqual(200);
  expect(unexplained).toBeLessThan(3000);
  expect(reckoning.settle(0).ownerless).toBe(0);
  heap.free(held);
  expect(() => heap.free(small)).toThrow();
  expect(() => heap.free(large)).toThrow();
});

test("a block that is held and not live is found", () => {
  const address = hold(1, 100);
  heap.free(address);
  expect(() => reckoning.settle(1)).toThrow(ContractViolation);
  expect(() => reckoning.settle(1)).toThrow(`1 blocks that workers hold are not live, one of them at ${address}`);
});
