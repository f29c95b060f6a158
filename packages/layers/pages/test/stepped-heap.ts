/** Heaps of pages and large objects whose threads can be stopped before each step, plain notes included. */
import { growable, PAGE_BYTES, type MemoryHandle, type Root } from "@heapwright/core";
import { expect } from "vitest";
import { LargeObjects, Pages, type Runs, type Windows } from "@heapwright/pages";
import { attach, format, type Thread } from "./simulate.js";
import { Killed, openStepped, type SteppedMemory } from "./stepped-memory.js";
import { tiles } from "./tiling.js";

interface Layers {
  readonly pages: Pages;
  readonly large: LargeObjects;
}

export interface SteppedThread extends Thread<Layers> {
  readonly memory: SteppedMemory;
}

function build(root: Root): Layers {
  const pages = new Pages(root);
  const { map } = pages;
  const memory = root.memory as SteppedMemory;
  const { setNote, mark } = { setNote: map.setNote.bind(map), mark: map.mark.bind(map) };
  map.setNote = (address, note) => {
    memory.step();
    setNote(address, note);
  };
  map.mark = (first, count, slot) => {
    for (let page = first; page < first + count; page++) {
      memory.step();
      mark(page, 1, slot);
    }
  };
  return { pages, large: new LargeObjects(root, pages) };
}

/** A heap of `pages` pages, the first of which is the header. */
export function steppedHeap(pages: number): SteppedThread {
  const source = growable({ initial: 4 * PAGE_BYTES, maximum: pages * PAGE_BYTES });
  return format(source, build, openStepped) as SteppedThread;
}

export function join(handle: MemoryHandle): SteppedThread {
  return attach(handle, build, openStepped) as SteppedThread;
}

/** Ends a thread before the given step of an operation. @returns false when the operation has fewer steps */
export function killAt(thread: SteppedThread, step: number, operation: () => void): boolean {
  try {
    thread.memory.during(operation, (now) => {
      if (now === step) throw new Killed();
    });
    return false;
  } catch (error) {
    if (error instanceof Killed) return true;
    throw error;
  }
}

export function reclaim(by: SteppedThread, dead: SteppedThread): void {
  expect(tryReclaim(by, dead)).toBe(true);
}

/** @returns false when that has been done already */
export function tryReclaim(by: SteppedThread, dead: SteppedThread): boolean {
  return by.root.threads.reclaim(dead.root.threads.id, (id, slot) => {
    by.layers.large.reclaim(id, slot);
    by.layers.pages.reclaim(id, slot);
  });
}

/** What tests drive piece by piece. */
export interface Insides {
  readonly runs: Runs;
  readonly windows: Windows;
}

export function insides(thread: SteppedThread): Insides {
  return thread.layers.pages as unknown as Insides;
}

/**
 * Everything adds up. @returns the regions in order
 * @param others leave first: while they are attached, they might be dead, and not all is asked for
 */
export function prove({ memory, layers: { pages, large } }: SteppedThread, ...others: SteppedThread[]): ReturnType<typeof tiles> {
  for (const { root } of others) root.threads.leave();
  pages.check();
  large.check();
  return tiles(memory, pages, large);
}
