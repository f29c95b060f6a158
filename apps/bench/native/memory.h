/* How much memory the allocator takes. See memory.c. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

/* The most that was seen, in bytes; 0 where that is not known. */
typedef struct {
    size_t resident;
    size_t mapped;
} Taken;

/* What is resident by now is not the allocator's. */
void memory_begins(void);

/* Looks how much is taken now, `own` bytes that the program has had since the beginning left out. */
void memory_look(size_t own);

Taken memory_taken(void);

#endif
