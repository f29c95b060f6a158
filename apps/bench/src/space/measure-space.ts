/**
 * What a contender spends beside the bytes that are in use: bookkeeping under a million small blocks, and how much it takes
 * when blocks are freed by others than made them. No clock is read: the threads are attachments of one heap that one thread
 * uses in turn, so that every run gives the same figures.
 */
import type { JsContender, OpenArena } from "../contenders/contender.js";
import { residentBytes } from "../memory/resident-bytes.js";
import type { Arena } from "../workloads/arena.js";
import { touchesOf } from "../workloads/touch.js";

/** Blocks of the figure "a million live blocks", and bytes of each. */
export const MANY = { blocks: 1_000_000, bytes: 16 };
/** What is in use at most in each of the hand-overs: 2^16 blocks of 64 bytes. */
export const HANDED = { blocks: 65_536, bytes: 64 };
/** Rounds of the first hand-over, and after how many of them it is looked at before. */
export const ROUNDS = { few: 4, many: 32 };
/** Threads of the second. */
export const CIRCLE = 8;

/** What a million live blocks cost, in bytes. */
export interface ManyBlocks {
  /** What was asked for. */
  readonly liveBytes: number;
  /** Bookkeeping, headers of blocks included, where the contender tells. */
  readonly metadataBytes?: number;
  /** What is resident; where the system does not tell, what is mapped, or of an arena what lies below the highest block. */
  readonly takenBytes: number;
}

/** Bytes taken for each byte that was in use at the most, when blocks change hands. */
export interface HandOvers {
  /** One thread allocates all, another frees all, a few times and many times: grows without bound in pure private heaps. */
  readonly few: number;
  readonly many: number;
  /** One thread allocates and frees; threads in a circle free what the one before allocated: grows with them in heaps that keep what is theirs. */
  readonly alone: number;
  readonly circle: number;
}

/** @throws UnservedError when a request is refused */
export function measureManyBlocks(open: OpenArena): ManyBlocks {
  const { arena } = open;
  const place = placing(arena);
  const extent = new Extent();
  for (let i = 0; i < MANY.blocks; i += 1) extent.include(place(MANY.bytes), MANY.bytes);
  const metadataBytes = open.metadataBytes?.();
  return {
    liveBytes: MANY.blocks * MANY.bytes,
    takenBytes: residentBytes(arena.memory) ?? open.mappedBytes() ?? extent.bytes,
    ...(metadataBytes === undefined ? {} : { metadataBytes }),
  };
}

/** @throws UnservedError when a request is refused */
export async function measureHandOvers(contender: JsContender): Promise<HandOvers> {
  const [few, many] = [await handOver(contender, 2, ROUNDS.few, "one way"), await handOver(contender, 2, ROUNDS.many, "one way")];
  const [alone, circle] = [await handOver(contender, 1, CIRCLE, "around"), await handOver(contender, CIRCLE, 2 * CIRCLE, "around")];
  return { few, many, alone, circle };
}

/** @returns bytes taken by bytes in use at the most */
async function handOver(contender: JsContender, threads: number, rounds: number, way: "one way" | "around"): Promise<number> {
  const open = await contender.open(undefined);
  const others = Array.from({ length: threads - 1 }, (_, i) => contender.join(open.handle, i + 1));
  const arenas = [open.arena, ...others.map(({ arena }) => arena)];
  const places = arenas.map(placing);
  const extent = new Extent();
  const blocks = new Uint32Array(HANDED.blocks);
  for (let round = 0; round < rounds; round += 1) {
    const maker = way === "one way" ? 0 : round % threads;
    for (let i = 0; i < blocks.length; i += 1) {
      blocks[i] = places[maker](HANDED.bytes);
      extent.include(blocks[i], HANDED.bytes);
    }
    const breaker = arenas[(maker + 1) % threads];
    for (const block of blocks) breaker.free(block);
  }
  const taken = open.mappedBytes() ?? extent.bytes;
  for (const { leave } of others) leave();
  open.close();
  return taken / (HANDED.blocks * HANDED.bytes);
}

/** New blocks, each touched as a native program does that is measured beside it. */
function placing(arena: Arena): (bytes: number) => number {
  const { writeFirst } = touchesOf(arena.memory);
  return (bytes) => {
    const address = arena.malloc(bytes);
    writeFirst(address, bytes, bytes);
    return address;
  };
}

/** How much of an arena of fixed length has been used: from its start to the end of the highest block. */
class Extent {
  bytes = 0;

  include(address: number, bytes: number): void {
    this.bytes = Math.max(this.bytes, address + bytes);
  }
}
