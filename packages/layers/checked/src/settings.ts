/** What can be chosen about the checks: options, their limits, and what becomes of them in a heap of a certain size. */
import { integerIn, oneOf, powerOfTwoIn } from "@heapwright/core";
import type { SiteMode } from "./call-sites.js";

/** Options of a checked heap, beside those of its preset. */
export interface CheckOptions {
  /** Which calls of malloc, free and their like are remembered with their call sites. Default `full`. */
  sites?: SiteMode;
  /** With `sampled`: one call of so many of each thread, 1 to 2^20. Default 16. */
  siteSample?: number;
  /** Bytes for the text of all call sites, 0 to 2^28, though at most 1/32 of what the heap may grow to. Default 256 KiB. */
  siteBytes?: number;
  /** Freed blocks that wait before they are used again, a power of two to 2^16, though at most one for 4 KiB of what the heap may grow to. Default 1024. */
  quarantineBlocks?: number;
  /** Bytes that freed blocks which wait may take, 0 to 2^30; one that takes more by itself does not wait. Default 1 MiB. */
  quarantineBytes?: number;
  /** Bytes of a block that are filled when it is fresh or freed, a power of two from 64 to 2^30; of larger ones, half of so many at each end. Default 64 KiB. */
  poisonBytes?: number;
}

/** Checked and completed: as they travel in a heap's handle. */
export interface CheckSettings extends Required<CheckOptions>, Record<string, string | number> {
  sites: SiteMode;
}

const BYTES_PER_PLACE = 4096;
const SHARE_OF_SITES = 32;

/** @throws RangeError naming the option that is out of range */
export function settingsOf(options: CheckOptions, defaults: CheckOptions): CheckSettings {
  const { sites, siteSample, siteBytes, quarantineBlocks, quarantineBytes, poisonBytes } = { ...STANDARD, ...given(defaults), ...given(options) };
  return {
    sites: oneOf("sites", sites, ["off", "sampled", "full"]),
    siteSample: integerIn("siteSample", siteSample, 1, 2 ** 20),
    siteBytes: integerIn("siteBytes", siteBytes, 0, 2 ** 28),
    quarantineBlocks: powerOfTwoIn("quarantineBlocks", quarantineBlocks, 1, 2 ** 16),
    quarantineBytes: integerIn("quarantineBytes", quarantineBytes, 0, 2 ** 30),
    poisonBytes: powerOfTwoIn("poisonBytes", poisonBytes, 64, 2 ** 30),
  };
}

const STANDARD: Required<CheckOptions> = {
  sites: "full",
  siteSample: 16,
  siteBytes: 2 ** 18,
  quarantineBlocks: 1024,
  quarantineBytes: 2 ** 20,
  poisonBytes: 2 ** 16,
};

/** Without what is there and undefined. */
function given(options: CheckOptions): CheckOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Places of the quarantine, a power of two. Small heaps must not be filled by what looks after them. */
export function placesIn(maximumBytes: number, { quarantineBlocks }: CheckSettings): number {
  return Math.min(quarantineBlocks, 2 ** Math.floor(Math.log2(Math.max(1, maximumBytes / BYTES_PER_PLACE))));
}

/** Bytes for the text of call sites. */
export function siteBytesIn(maximumBytes: number, { sites, siteBytes }: CheckSettings): number {
  return sites === "off" ? 0 : Math.min(siteBytes, Math.floor(maximumBytes / SHARE_OF_SITES));
}
