/* Tasks that one thread makes and others free. See ../../src/workloads/producer-consumer.ts. */
#include "../bench.h"

enum { QUEUE = 1024, LINE = 16, NODE_BYTES = 16, BINS = 16, LEAST_INDICES = 10 };

/* 32 bytes. */
typedef struct {
    uint32_t *indices;
    uint32_t count;
    uint32_t seed;
    uint64_t unused[2];
} Task;

static Shared *queue_of(Stage *stage) {
    return stage->shared + LINE;
}

static uint32_t *database_of(Stage *stage) {
    return (uint32_t *)(stage->shared + LINE + ring_words(QUEUE));
}

static size_t words(int threads) {
    (void)threads;
    return LINE + ring_words(QUEUE) + parameter("items") / 2 + 1;
}

static void open_part(Stage *stage) {
    if (stage->thread != 0) return;
    uint32_t items = parameter("items"), *database = database_of(stage);
    for (uint32_t i = 0; i < items; i += 1) database[i] = i * 0x9e3779b9u;
}

static uintptr_t make_task(Stage *stage, uint32_t items, uint32_t x) {
    uint32_t count = LEAST_INDICES + below(LEAST_INDICES + 1, x);
    volatile uint32_t *indices = malloc(count * 4);
    if (!indices) unserved(count * 4);
    uint32_t y = x;
    for (uint32_t i = 0; i < count; i += 1) {
        y = next(y);
        indices[i] = y % items;
    }
    volatile Task *task = malloc(sizeof(Task));
    if (!task) unserved(sizeof(Task));
    task->indices = (uint32_t *)indices;
    task->count = count;
    task->seed = x;
    volatile Task **node = malloc(NODE_BYTES);
    if (!node) unserved(NODE_BYTES);
    *node = task;
    stage->calls += 3;
    return (uintptr_t)node;
}

static uint32_t process(Stage *stage, const uint32_t *database, uint32_t work, uintptr_t node) {
    volatile Task *task = *(Task **)node;
    volatile uint32_t *indices = task->indices;
    uint32_t count = task->count, x = task->seed;
    volatile uint32_t *histogram = malloc(BINS * 4);
    if (!histogram) unserved(BINS * 4);
    for (int bin = 0; bin < BINS; bin += 1) histogram[bin] = 0;
    for (uint32_t i = 0; i < count; i += 1) histogram[database[indices[i]] >> 28] += 1;
    for (uint32_t i = 0; i < work; i += 1) x = next(x);
    for (uint32_t bin = 0; bin < BINS; bin += 1) x += histogram[bin] * (bin + 1);
    free((void *)histogram);
    free((void *)indices);
    free((void *)task);
    free((void *)node);
    stage->calls += 5;
    return x;
}

static uint32_t consume(Stage *stage, int round) {
    uint32_t work = parameter("work"), sum = 0, *database = database_of(stage);
    Shared *queue = queue_of(stage);
    for (;;) {
        int ended = atomic_load(&stage->shared[0]) == (uintptr_t)round + 1; /* before looking into the queue, so that nothing is missed */
        uintptr_t node = ring_take(queue, QUEUE);
        if (node) sum += process(stage, database, work, node);
        else if (ended) return sum;
        else idle();
    }
}

static uint32_t run(Stage *stage, int round) {
    stage->calls = 0;
    if (stage->thread != 0) return consume(stage, round);
    uint32_t tasks = parameter("tasks"), items = parameter("items"), work = parameter("work"), limit = parameter("limit");
    uint32_t x = seed_of(0, round), sum = 0, *database = database_of(stage);
    Shared *queue = queue_of(stage);
    for (uint32_t task = 0; task < tasks; task += 1) {
        x = next(x);
        ring_put(queue, QUEUE, make_task(stage, items, x));
        uintptr_t helped = ring_length(queue) > limit ? ring_take(queue, QUEUE) : 0;
        if (helped) sum += process(stage, database, work, helped);
    }
    atomic_store(&stage->shared[0], (uintptr_t)round + 1);
    return sum + consume(stage, round);
}

const Workload producer_consumer = { .name = "producer-consumer", .shared_words = words, .open = open_part, .round = run };
