/** What large objects note in the page table: the kind of a page, in the value of its note. */
import { packed } from "@heapwright/core";

/** What reports call the layer of large objects. */
export const LAYER = "large-objects";

/** First page of an object of whole pages; its detail is a {@link SPAN_DETAIL}. */
export const HEAD = 1;
/** A later page of such an object; its detail is 0. */
export const CONTINUATION = 2;
/** A page cut into units; its detail is a `FRAGMENT_DETAIL`. */
export const FRAGMENTED = 3;

/**
 * Pages of the object, and who has it in hand: 0 when it is live, otherwise 1 + the slot of the thread that is forming or
 * freeing it. So at any moment one thread may do with these pages as it likes, or none.
 */
export const SPAN_DETAIL = packed("SpanDetail", { pages: 16, holder: 16 });
