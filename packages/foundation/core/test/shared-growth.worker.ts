/** Grows a shared WebAssembly.Memory page by page, each time the other thread has seen the last one. */
import { workerData } from "node:worker_threads";

const { memory, control, pages } = workerData as { memory: WebAssembly.Memory; control: Int32Array; pages: number };
for (let page = 2; page <= pages; page++) {
  memory.grow(1);
  Atomics.store(control, 0, page);
  while (Atomics.load(control, 1) < page && Atomics.load(control, 2) === 0);
}
