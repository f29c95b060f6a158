/** Every scenario on the layers as they are: explored to the end of its bounds, and right in every execution. */
import type { Case } from "./case.js";
import { LARGE_OBJECTS } from "./large-objects.js";
import { LISTS } from "./lists.js";
import { LOCKS } from "./locks.js";
import { PAGES } from "./pages.js";
import { QUEUES } from "./queues.js";
import { STACKS } from "./stacks.js";
import { REGISTRY } from "./threads.js";

export const CASES: readonly Case[] = [...STACKS, ...LISTS, ...QUEUES, ...LOCKS, ...PAGES, ...LARGE_OBJECTS, ...REGISTRY];
