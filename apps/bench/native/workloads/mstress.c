/* A server of unequal threads. See ../../src/workloads/mstress.ts. */
#include "../bench.h"

typedef struct {
    uint32_t allocations;
    uint32_t kept_count;
    void **young;
    void **kept;
    void **spare;
} Own;

static size_t words(int threads) {
    (void)threads;
    return parameter("transfers");
}

static void open_part(Stage *stage) {
    Own *own = stage->own = pages(sizeof(Own));
    own->allocations = 100 * parameter("scale") * (uint32_t)(stage->thread % 8 + 1);
    own->young = pages(own->allocations * sizeof(void *));
    own->kept = pages(own->allocations / 2 * sizeof(void *));
    own->spare = pages(own->allocations / 2 * sizeof(void *));
}

static uint32_t size_of(uint32_t x) {
    uint32_t bytes = 8u << (x & 7);
    return (x >> 25) == 0 ? bytes * 16 : bytes;
}

static uint32_t end_block(void *block) {
    uint32_t value = read_first(block);
    free(block);
    return value;
}

static uint32_t run(Stage *stage, int round) {
    Own *own = stage->own;
    void **young = own->young, **kept = own->spare;
    uint32_t transfers = parameter("transfers"), keep = own->allocations / 2, left = own->allocations;
    uint32_t x = seed_of(stage->thread, round), sum = 0, young_count = 0, kept_count = 0;
    uint64_t calls = 0;
    while (left > 0 || kept_count < keep) {
        x = next(x);
        uint32_t bytes = size_of(x);
        void *block = malloc(bytes);
        write_lines(block, bytes, x);
        calls += 1;
        if (kept_count == keep || ((x & 0x100) != 0 && left > 0)) {
            young[young_count++] = block;
            left -= 1;
        } else kept[kept_count++] = block;
        x = next(x);
        if (young_count == 0) continue;
        if ((x & 3) != 0) {
            uint32_t victim = below(young_count, x);
            sum += end_block(young[victim]);
            young[victim] = young[--young_count];
        } else {
            young_count -= 1;
            void *old = (void *)atomic_exchange(&stage->shared[below(transfers, x)], (uintptr_t)young[young_count]);
            if (old) sum += end_block(old);
        }
        calls += 1;
    }
    for (uint32_t i = 0; i < young_count; i += 1) sum += end_block(young[i]);
    for (uint32_t i = 0; i < own->kept_count; i += 1) sum += end_block(own->kept[i]);
    stage->calls = calls + young_count + own->kept_count;
    own->spare = own->kept;
    own->kept = kept;
    own->kept_count = kept_count;
    return sum;
}

static uint32_t after(Stage *stage) {
    uint32_t transfers = parameter("transfers"), sum = 0;
    for (uint32_t i = 0; i < transfers; i += 1) {
        void *block = plain_load(&stage->shared[i]);
        if (block) sum += end_block(block);
        plain_store(&stage->shared[i], NULL);
    }
    return sum;
}

static void leave(Stage *stage) {
    Own *own = stage->own;
    for (uint32_t i = 0; i < own->kept_count; i += 1) end_block(own->kept[i]);
}

const Workload mstress = { .name = "mstress", .shared_words = words, .open = open_part, .round = run, .after = after, .leave = leave };
