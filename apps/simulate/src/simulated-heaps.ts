/**
 * A heap of a preset on a simulated machine: its layers are built on the memory of each core, as `create` and `attach`
 * would build them on the memory of a thread.
 */
import { fixed, Root, type Heap, type HeapHandle } from "@heapwright/core";
import { CoherentMemory, type Machine } from "@heapwright/model";
import type { Subject } from "./subjects.js";

const MEMORY_BYTES = 2 ** 27;

/** @returns the attachment of each core */
export function simulatedHeaps({ preset, options }: Subject, machine: Machine): Heap[] {
  const { definition, heapClass } = preset;
  const settings = definition.settings(options);
  const { handle: memory } = fixed(MEMORY_BYTES).open();
  if (memory.kind !== "buffer") throw new TypeError("a fixed memory is a buffer");
  const identity = { preset: preset.name, options: JSON.stringify(settings), maximumThreads: machine.cores };
  const handle: HeapHandle = { preset: preset.name, memory, options: settings };
  return Array.from({ length: machine.cores }, (_, core) => {
    const view = new CoherentMemory(machine, core, memory.buffer);
    const root = core === 0 ? Root.format(view, identity, 0) : Root.attach(view, identity);
    const composition = definition.build(root, settings);
    root.seal();
    return new heapClass(root, composition as never, handle);
  });
}
