export { MOST_BUCKETS, BucketGeometry, type BucketOptions } from "./bucket-geometry.js";
export { FIXED_POOL } from "./fixed-pool.js";
export { SLIST_BUCKET, SlistBuckets } from "./slist-buckets.js";
