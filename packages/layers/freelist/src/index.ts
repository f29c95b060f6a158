export { CountedStack } from "./counted-stack.js";
export type { Stack } from "./stack.js";
export { TAGGED_STACK, TaggedStack, type TaggedStackOptions } from "./tagged-stack.js";
