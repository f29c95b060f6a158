/**
 * The memory of a process as Linux tells of it in /proc/self/smaps: a head line for each mapping, and lines of what is known of it.
 * The kernel counts page by page when it is asked, so that the numbers are exact.
 */

export interface Mapping {
  /** Addresses of the process, below 2^53. */
  readonly start: number;
  readonly end: number;
  /** As in `rw-p`. */
  readonly access: string;
  /** What of it is memory, in bytes. The page of zeros that stands in for what was only read is not. */
  readonly residentBytes: number;
}

const LINE = /^(?:([0-9a-f]+)-([0-9a-f]+) (\S{4}) .*|Rss: +(\d+) kB)$/gm;

/** @param smaps the contents of the file @returns in ascending order, as they stand there */
export function parseMappings(smaps: string): Mapping[] {
  const mappings: Mapping[] = [];
  for (const [, start, end, access, kibibytes] of smaps.matchAll(LINE)) {
    if (start !== undefined) mappings.push({ start: parseInt(start, 16), end: parseInt(end, 16), access, residentBytes: 0 });
    else mappings.push({ ...(mappings.pop() as Mapping), residentBytes: Number(kibibytes) * 1024 });
  }
  return mappings;
}

/** @returns what of so many bytes from `start` on is memory, in bytes; undefined where mappings do not end with them */
export function residentIn(mappings: readonly Mapping[], start: number, bytes: number): number | undefined {
  let [end, sum] = [start, 0];
  for (const mapping of mappings) {
    if (mapping.start !== end || mapping.end > start + bytes) continue;
    end = mapping.end;
    sum += mapping.residentBytes;
  }
  return end === start + bytes ? sum : undefined;
}
