export { BitsetPool } from "./bitset-pool.js";
export { BOEHM_STACK, BoehmStack, type BoehmStackOptions } from "./boehm-stack.js";
export { CountedStack } from "./counted-stack.js";
export { DRAIN_STACK, DrainStack, type DrainStackOptions } from "./drain-stack.js";
export { PRIVATE_LIST, PrivateList, type PrivateListOptions } from "./private-list.js";
export { QUEUE, Queue } from "./queue.js";
export { QUEUE_NODE, QUEUE_NODES, QueueNodes } from "./queue-nodes.js";
export type { Stack } from "./stack.js";
export { TAGGED_STACK, TaggedStack, type TaggedStackOptions } from "./tagged-stack.js";
