/* Random blocks of a large live set are replaced. See ../../src/workloads/churn.ts. */
#include "../bench.h"

enum { DOUBLINGS = 5 };

static void open_part(Stage *stage) {
    uint32_t count = parameter("blocks"), x = seed_of(stage->thread, -1);
    void **blocks = stage->own = pages(count * sizeof(void *));
    for (uint32_t i = 0; i < count; i += 1) {
        x = next(x);
        uint32_t bytes = spread_size(DOUBLINGS, x);
        blocks[i] = malloc(bytes);
        write_lines(blocks[i], bytes, x);
    }
}

static uint32_t run(Stage *stage, int round) {
    uint32_t count = parameter("blocks"), replacements = parameter("replacements"), x = seed_of(stage->thread, round), sum = 0;
    void **blocks = stage->own;
    for (uint32_t i = 0; i < replacements; i += 1) {
        x = next(x);
        uint32_t victim = x % count;
        sum += read_first(blocks[victim]);
        free(blocks[victim]);
        x = next(x);
        uint32_t bytes = spread_size(DOUBLINGS, x);
        blocks[victim] = malloc(bytes);
        write_lines(blocks[victim], bytes, x + bytes);
    }
    stage->calls = 2ull * replacements;
    return sum;
}

static void leave(Stage *stage) {
    uint32_t count = parameter("blocks");
    for (uint32_t i = 0; i < count; i += 1) free(((void **)stage->own)[i]);
}

const Workload churn = { .name = "churn", .open = open_part, .round = run, .leave = leave };
