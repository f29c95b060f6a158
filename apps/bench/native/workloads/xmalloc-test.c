/* Pairs of threads, one that allocates and one that frees. See ../../src/workloads/xmalloc-test.ts. */
#include "../bench.h"

enum { QUEUE = 128 };

static size_t share_words(void) {
    return ring_words(QUEUE) + (size_t)(parameter("limit") + 2) * parameter("objects");
}

static size_t words(int threads) {
    return (size_t)((threads + 1) / 2) * share_words();
}

static void fill(Shared *queue, uint32_t batch, uint32_t objects, uint32_t bytes, uint32_t limit, uint32_t round) {
    while (ring_length(queue) >= limit) idle();
    uint32_t place = batch % (limit + 2);
    Shared *batches = queue + ring_words(QUEUE) + (size_t)place * objects;
    for (uint32_t i = 0; i < objects; i += 1) {
        void *block = malloc(bytes);
        write_lines(block, bytes, i + round);
        plain_store(&batches[i], block);
    }
    ring_put(queue, QUEUE, place + 1);
}

static uint32_t empty(Shared *queue, uint32_t objects) {
    uintptr_t place;
    while ((place = ring_take(queue, QUEUE)) == 0) idle();
    Shared *batches = queue + ring_words(QUEUE) + (place - 1) * objects;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < objects; i += 1) {
        void *block = plain_load(&batches[i]);
        sum += read_first(block);
        free(block);
    }
    return sum;
}

static uint32_t run(Stage *stage, int round) {
    uint32_t batches = parameter("batches"), objects = parameter("objects"), bytes = parameter("bytes"), limit = parameter("limit"), sum = 0;
    Shared *queue = stage->shared + (size_t)(stage->thread / 2) * share_words();
    int partner = stage->thread % 2 == 1 || stage->thread + 1 < stage->threads;
    int fills = !partner || stage->thread % 2 == 0, empties = !partner || stage->thread % 2 == 1;
    stage->calls = (uint64_t)batches * objects * (partner ? 1 : 2);
    for (uint32_t batch = 0; batch < batches; batch += 1) {
        if (fills) fill(queue, batch, objects, bytes, limit, (uint32_t)round);
        if (empties) sum += empty(queue, objects);
    }
    return sum;
}

const Workload xmalloc_test = { .name = "xmalloc-test", .shared_words = words, .round = run };
