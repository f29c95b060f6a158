/* A server whose tables go round between the threads. See ../../src/workloads/larson.ts. */
#include "../bench.h"

static size_t words(int threads) {
    return (size_t)threads * parameter("blocks");
}

static void open_part(Stage *stage) {
    uint32_t least = parameter("least"), range = parameter("most") - least + 1, blocks = parameter("blocks");
    uint32_t x = seed_of(stage->thread, -1);
    for (uint32_t i = 0; i < blocks; i += 1) {
        x = next(x);
        uint32_t bytes = least + below(range, x);
        void *block = malloc(bytes);
        write_first(block, bytes, i);
        plain_store(&stage->shared[(uint32_t)stage->thread * blocks + i], block);
    }
}

static uint32_t run(Stage *stage, int round) {
    uint32_t least = parameter("least"), range = parameter("most") - least + 1, blocks = parameter("blocks");
    uint32_t replacements = parameter("replacements"), x = seed_of(stage->thread, round), sum = 0;
    Shared *table = stage->shared + (uint32_t)((stage->thread + round) % stage->threads) * blocks;
    for (uint32_t i = 0; i < replacements; i += 1) {
        x = next(x);
        uint32_t victim = below(blocks, x);
        void *old = plain_load(&table[victim]);
        sum += read_first(old);
        free(old);
        x = next(x);
        uint32_t bytes = least + below(range, x);
        void *block = malloc(bytes);
        write_first(block, bytes, x + bytes);
        plain_store(&table[victim], block);
    }
    stage->calls = 2ull * replacements;
    return sum;
}

static void leave(Stage *stage) {
    uint32_t blocks = parameter("blocks");
    for (uint32_t i = 0; i < blocks; i += 1) free(plain_load(&stage->shared[(uint32_t)stage->thread * blocks + i]));
}

const Workload larson = { .name = "larson", .shared_words = words, .open = open_part, .round = run, .leave = leave };
