/*
 * What the native workloads have in common: the counterparts of arena.ts, touch.ts, random.ts, ring.ts and workload.ts in
 * ../src/workloads, access by access. Touches are volatile, so that none is optimised away. Memory of the program itself
 * comes from mmap and not from the allocator that is measured.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef BUMP
#include "bump.h"
#endif

typedef struct {
    uint32_t blocks;
    uint32_t events;
    /* Four words for each event: kind, block, bytes, other. */
    const uint32_t *words;
} Trace;

/* A word that threads share; most hold addresses of blocks. */
typedef _Atomic uintptr_t Shared;

/* What one thread of a run has. */
typedef struct {
    int thread;
    int threads;
    Shared *shared;
    const Trace *trace;
    /* Calls of the allocator in the last round. */
    uint64_t calls;
    /* The workload's own. */
    void *own;
} Stage;

/* Functions that a workload does not need are null. See Part and Workload in workload.ts. */
typedef struct {
    const char *name;
    size_t (*shared_words)(int threads);
    void (*open)(Stage *);
    void (*before)(Stage *, int round);
    uint32_t (*round)(Stage *, int round);
    uint32_t (*after)(Stage *);
    void (*leave)(Stage *);
} Workload;

/* A number from the command line; the program ends where it is missing. */
uint32_t parameter(const char *name);

/* Zeroed memory that the program itself needs. It is in use from the start, and not counted as the allocator's. */
void *pages(size_t bytes);

/* Ends the program: the allocator returned null. */
_Noreturn void unserved(size_t bytes);

/* Lets others run for a moment. */
void idle(void);

/* Where much may be in use: how much memory the allocator has taken by now. Only the first round of one thread looks. */
void look(void);

static inline uint32_t next(uint32_t x) {
    x ^= x << 13;
    x ^= x >> 17;
    return x ^ (x << 5);
}

static inline uint32_t seed_of(int thread, int round) {
    return next((uint32_t)(round * 64 + thread + 1) * 0x9e3779b9u | 1);
}

static inline uint32_t below(uint32_t limit, uint32_t x) {
    return ((x >> 16) * limit) >> 16;
}

static inline uint32_t spread_size(uint32_t doublings, uint32_t x) {
    uint32_t least = 16u << below(doublings, x);
    return least + (x & (least - 1));
}

static inline void write_first(void *block, size_t bytes, uint32_t value) {
    if (!block) unserved(bytes);
    *(volatile uint32_t *)block = value;
}

static inline uint32_t read_first(const void *block) {
    return *(const volatile uint32_t *)block;
}

/* Words are aligned, downwards where the address is not. */
static inline volatile uint32_t *word_at(uintptr_t address) {
    return (volatile uint32_t *)(address & ~(uintptr_t)3);
}

static inline void write_lines(void *block, size_t bytes, uint32_t value) {
    if (!block) unserved(bytes);
    uintptr_t start = (uintptr_t)block;
    for (uintptr_t at = start; at + 4 <= start + bytes; at += 64) *word_at(at) = value;
}

static inline uint32_t read_lines(const void *block, size_t bytes) {
    uintptr_t start = (uintptr_t)block;
    uint32_t sum = 0;
    for (uintptr_t at = start; at + 4 <= start + bytes; at += 64) sum += *word_at(at);
    return sum;
}

static inline void *plain_load(Shared *word) {
    return (void *)atomic_load_explicit(word, memory_order_relaxed);
}

static inline void plain_store(Shared *word, void *value) {
    atomic_store_explicit(word, (uintptr_t)value, memory_order_relaxed);
}

/* A bounded queue: one thread puts, any number take. Of a power of two slots. */
enum { RING_LINE = 16, RING_HEAD = 0, RING_TAIL = RING_LINE, RING_SLOTS = 2 * RING_LINE };

static inline size_t ring_words(size_t capacity) {
    return RING_SLOTS + capacity;
}

static inline uintptr_t ring_length(Shared *ring) {
    return atomic_load(&ring[RING_TAIL]) - atomic_load(&ring[RING_HEAD]);
}

static inline void ring_put(Shared *ring, size_t capacity, uintptr_t value) {
    uintptr_t tail = atomic_load_explicit(&ring[RING_TAIL], memory_order_relaxed);
    atomic_store_explicit(&ring[RING_SLOTS + (tail & (capacity - 1))], value, memory_order_relaxed);
    atomic_store(&ring[RING_TAIL], tail + 1);
}

static inline uintptr_t ring_take(Shared *ring, size_t capacity) {
    for (;;) {
        uintptr_t head = atomic_load(&ring[RING_HEAD]);
        if (head == atomic_load(&ring[RING_TAIL])) return 0;
        uintptr_t value = atomic_load_explicit(&ring[RING_SLOTS + (head & (capacity - 1))], memory_order_relaxed);
        /* Success: the number is this thread's. Failure: another thread took it, and the slot may have been filled again. */
        if (atomic_compare_exchange_strong(&ring[RING_HEAD], &head, head + 1)) return value;
    }
}

#endif
