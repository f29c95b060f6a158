/** What must be true of a report whatever happens meanwhile. */
import type { HeapReport } from "../src/index.js";

/** @throws Error naming the number that no heap can have */
export function proveBounded(report: HeapReport): void {
  const { bufferBytes, maximumBytes, live, cached, free, classes, caches, pages } = report;
  const refuse = (what: string): never => {
    throw new Error(`${what}: ${JSON.stringify(report)}`);
  };
  const amounts = [live, cached, free, ...classes.flatMap((one) => [one.live, one.cached, one.free]), ...caches];
  for (const { blocks, bytes } of amounts) {
    if (!Number.isSafeInteger(blocks) || blocks < 0 || !(bytes >= 0)) refuse(`${blocks} blocks of ${bytes} bytes`);
    // pages that change hands during a look may be seen with both owners
    if (bytes > 2 * bufferBytes) refuse(`${bytes} bytes in ${bufferBytes}`);
  }
  for (const part of [report.externalFragmentation, report.internalFragmentation, report.mostInternalFragmentation]) {
    if (!(part >= 0 && part <= 1)) refuse(`a part of ${part}`);
  }
  if (report.largestFreeBytes > bufferBytes || report.largestAllocatable > maximumBytes) refuse("a block larger than its heap");
  if (Object.values(pages).some((count) => !Number.isSafeInteger(count) || count < 0)) refuse("pages");
}
