export { CACHE_ROW, CACHED_BLOCK, type CacheOptions } from "./cache-layout.js";
export { SLOT_ROWS_GROUP, SlotRows } from "./slot-rows.js";
export { ThreadCache } from "./thread-cache.js";
