/*
 * An address that moves up, and from the end of its piece to the start again, over blocks that may still be in use.
 */
#ifdef BUMP
#include "bench.h"
#include <string.h>

enum { PIECE_BYTES = 1 << 20, SLACK_BYTES = 1 << 22 };

static _Thread_local char *start;
static _Thread_local char *end;
static _Thread_local char *top;

void *bump_malloc(size_t bytes) {
    if (top >= end) {
        if (!start) {
            start = pages(PIECE_BYTES + SLACK_BYTES);
            end = start + PIECE_BYTES;
        }
        top = start;
    }
    char *block = top;
    top += (bytes + 15) & ~(size_t)15;
    return block;
}

void *bump_calloc(size_t count, size_t bytes) {
    return memset(bump_malloc(count * bytes), 0, count * bytes);
}

void *bump_realloc(void *block, size_t bytes) {
    (void)bytes;
    return block;
}

void *bump_aligned_alloc(size_t alignment, size_t bytes) {
    (void)alignment;
    return bump_malloc(bytes);
}

void bump_free(void *block) {
    (void)block;
}
#endif
