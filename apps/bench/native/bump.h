/*
 * The floor in C: see ../src/contenders/bump.ts. Not inlined, since a malloc is not either.
 */
#ifndef BUMP_H
#define BUMP_H

#include <stddef.h>

void *bump_malloc(size_t bytes);
void *bump_calloc(size_t count, size_t bytes);
void *bump_realloc(void *block, size_t bytes);
void *bump_aligned_alloc(size_t alignment, size_t bytes);
void bump_free(void *block);

#define malloc bump_malloc
#define calloc bump_calloc
#define realloc bump_realloc
#define aligned_alloc bump_aligned_alloc
#define free bump_free

#endif
