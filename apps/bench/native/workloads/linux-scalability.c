/* A pair of malloc and free, over and over. See ../../src/workloads/linux-scalability.ts. */
#include "../bench.h"

static uint32_t run(Stage *stage, int round) {
    uint32_t pairs = parameter("pairs"), bytes = parameter("bytes"), sum = 0;
    for (uint32_t i = 0; i < pairs; i += 1) {
        void *block = malloc(bytes);
        write_first(block, bytes, i + (uint32_t)round);
        sum += read_first(block);
        free(block);
    }
    stage->calls = 2ull * pairs;
    return sum;
}

const Workload linux_scalability = { .name = "linux-scalability", .round = run };
