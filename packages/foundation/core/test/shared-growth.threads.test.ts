import { startWorker } from "@heapwright/workers";
import { expect, it } from "vitest";
import { openMemory, wasm } from "../src/index.js";

const PAGES = 20_000;
/** Both threads spin, so where they have no processor each to themselves, a page takes as long as a turn: then fewer have to do. */
const MOST_MILLISECONDS = 8_000;

it("an address behind the growth of a shared WebAssembly.Memory by another thread is reached at once", async () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: PAGES, shared: true });
  const view = openMemory(wasm(memory, { maximum: PAGES * 65536 }).open().handle);
  const control = new Int32Array(new SharedArrayBuffer(12));
  const worker = await startWorker(new URL("shared-growth.worker.ts", import.meta.url), { memory, control, pages: PAGES });
  await new Promise((resolve) => setTimeout(resolve, 300));
  let missed = 0;
  let last = 1;
  const end = performance.now() + MOST_MILLISECONDS;
  // hot on purpose: the engine's interrupt must not be what saves us
  while (last < PAGES) {
    const page = Atomics.load(control, 0);
    if (page <= last) continue;
    if (!view.reach(page * 65536 - 1)) missed++;
    last = page;
    Atomics.store(control, 1, page);
    if (page % 64 === 0 && performance.now() > end) break;
  }
  Atomics.store(control, 2, 1);
  await worker.terminate();
  expect(missed).toBe(0);
  expect(last).toBeGreaterThan(100);
});
