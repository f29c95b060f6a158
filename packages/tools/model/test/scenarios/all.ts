/** Every scenario on the layers as they are: explored to the end of its bounds, and right in every execution. */
import { ANCHORED, ANCHORED_WIDELY } from "./anchored.js";
import type { Case } from "./case.js";
import { LARGE_OBJECTS } from "./large-objects.js";
import { LISTS } from "./lists.js";
import { LOCKS } from "./locks.js";
import { PAGES } from "./pages.js";
import { QUEUES } from "./queues.js";
import { PRIVATE, PRIVATE_WIDELY } from "./private.js";
import { STACKED } from "./stacked.js";
import { STACKS } from "./stacks.js";
import { REGISTRY } from "./threads.js";

export const CASES: readonly Case[] = [...STACKS, ...LISTS, ...QUEUES, ...LOCKS, ...PAGES, ...LARGE_OBJECTS, ...REGISTRY, ...ANCHORED, ...PRIVATE, ...STACKED];

/** The same ones and more, further than there is time for in every test run. */
export const LONG_CASES: readonly Case[] = [...CASES, ...ANCHORED_WIDELY, ...PRIVATE_WIDELY];
