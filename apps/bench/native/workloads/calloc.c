/* Zeroed blocks, freed oldest first. See ../../src/workloads/calloc.ts. */
#include "../bench.h"

enum { DOUBLINGS = 10 };

static void open_part(Stage *stage) {
    stage->own = pages(parameter("blocks") * sizeof(void *));
}

static uint32_t run(Stage *stage, int round) {
    uint32_t count = parameter("blocks"), allocations = parameter("allocations"), x = seed_of(stage->thread, round), sum = 0;
    void **blocks = stage->own;
    for (uint32_t i = 0, place = 0; i < allocations + count; i += 1) {
        if (blocks[place]) {
            sum += read_first(blocks[place]);
            free(blocks[place]);
            blocks[place] = NULL;
        }
        if (i < allocations) {
            x = next(x);
            uint32_t bytes = spread_size(DOUBLINGS, x);
            void *block = calloc(1, bytes);
            if (!block) unserved(bytes);
            sum += read_lines(block, bytes); /* adds nothing */
            write_lines(block, bytes, x + bytes);
            blocks[place] = block;
        }
        place = place + 1 == count ? 0 : place + 1;
    }
    stage->calls = 2ull * allocations;
    return sum;
}

const Workload calloc_ = { .name = "calloc", .open = open_part, .round = run };
