/* Many blocks of one size, then all freed in order. See ../../src/workloads/threadtest.ts. */
#include "../bench.h"

static void open_part(Stage *stage) {
    stage->own = pages(parameter("objects") * sizeof(void *));
}

static uint32_t run(Stage *stage, int round) {
    uint32_t iterations = parameter("iterations"), objects = parameter("objects"), bytes = parameter("bytes"), sum = 0;
    void **blocks = stage->own;
    for (uint32_t iteration = 0; iteration < iterations; iteration += 1) {
        for (uint32_t i = 0; i < objects; i += 1) {
            void *block = malloc(bytes);
            write_first(block, bytes, i + (uint32_t)round);
            blocks[i] = block;
        }
        look();
        for (uint32_t i = 0; i < objects; i += 1) {
            sum += read_first(blocks[i]);
            free(blocks[i]);
        }
    }
    stage->calls = 2ull * iterations * objects;
    return sum;
}

const Workload threadtest = { .name = "threadtest", .open = open_part, .round = run };
