/* Small blocks that are written very often. See ../../src/workloads/active-false.ts and passive-false.ts. */
#include "../bench.h"

static uint32_t write_often(void *block, uint32_t bytes, uint32_t times) {
    volatile uint8_t *at = block;
    uint32_t sum = 0;
    if (!block) unserved(bytes);
    for (uint32_t time = 0; time < times; time += 1) {
        for (uint32_t i = 0; i < bytes; i += 1) {
            at[i] = (uint8_t)(time + i);
            sum += at[i];
        }
    }
    return sum;
}

static uint32_t run(Stage *stage, int round) {
    (void)round;
    uint32_t pairs = parameter("pairs"), bytes = parameter("bytes"), writes = parameter("writes"), sum = 0;
    for (uint32_t i = 0; i < pairs; i += 1) {
        void *block = malloc(bytes);
        sum += write_often(block, bytes, writes);
        free(block);
    }
    stage->calls = 2ull * pairs;
    return sum;
}

static size_t hand_words(int threads) {
    return (size_t)threads;
}

static void hand_out(Stage *stage, int round) {
    uint32_t bytes = parameter("bytes");
    for (int thread = 0; thread < stage->threads; thread += 1) {
        void *block = malloc(bytes);
        write_first(block, bytes, (uint32_t)(thread + round));
        plain_store(&stage->shared[thread], block);
    }
}

static uint32_t run_passive(Stage *stage, int round) {
    void *handed = plain_load(&stage->shared[stage->thread]);
    uint32_t sum = read_first(handed);
    free(handed);
    sum += run(stage, round);
    stage->calls += 1;
    return sum;
}

const Workload active_false = { .name = "active-false", .round = run };
const Workload passive_false = { .name = "passive-false", .shared_words = hand_words, .before = hand_out, .round = run_passive };
