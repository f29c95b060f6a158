/* Groups of blocks of one size. See ../../src/workloads/sh6-like.ts and sh8-like.ts. */
#include "../bench.h"

enum { SMALLEST = 4, KEEP = 1, FIFO = 3 };

typedef struct {
    void **group;
    void **kept;
    uint32_t kept_count;
} Own;

static uint32_t group_of(uint32_t budget, uint32_t bytes) {
    return budget / bytes > 1 ? budget / bytes : 1;
}

static void open_part(Stage *stage) {
    uint32_t largest = group_of(parameter("budget"), SMALLEST);
    Own *own = stage->own = pages(sizeof(Own));
    own->group = pages(largest * sizeof(void *));
    own->kept = pages(largest * sizeof(void *));
}

static uint32_t free_forward(void **group, uint32_t count) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; i += 1) {
        sum += read_first(group[i]);
        free(group[i]);
    }
    return sum;
}

static uint32_t free_backward(void **group, uint32_t count) {
    uint32_t sum = 0;
    for (uint32_t i = count; i-- > 0;) {
        sum += read_first(group[i]);
        free(group[i]);
    }
    return sum;
}

/* Every fourth group goes into the box, a count and then so many blocks; without one it is freed like the others. */
static uint32_t run_passes(Stage *stage, int round, void **box) {
    uint32_t passes = parameter("passes"), most = parameter("most"), step = parameter("step"), budget = parameter("budget");
    uint32_t start = seed_of(stage->thread, round), turn = 0, sum = 0;
    uint64_t mallocs = 0;
    Own *own = stage->own;
    for (uint32_t pass = 0; pass < passes; pass += 1) {
        for (uint32_t bytes = SMALLEST; bytes <= most; bytes += step, turn += 1) {
            uint32_t count = group_of(budget, bytes);
            for (uint32_t i = 0; i < count; i += 1) {
                void *block = malloc(bytes);
                write_first(block, bytes, start + turn + i);
                own->group[i] = block;
            }
            mallocs += count;
            if ((turn & 3) == KEEP) {
                sum += free_forward(own->kept, own->kept_count);
                for (uint32_t i = 0; i < count; i += 1) own->kept[i] = own->group[i];
                own->kept_count = count;
            } else if ((turn & 3) == FIFO && box) {
                uintptr_t held = (uintptr_t)box[0];
                for (uint32_t i = 0; i < count; i += 1) box[1 + held + i] = own->group[i];
                box[0] = (void *)(held + count);
            } else if ((turn & 3) == FIFO) {
                sum += free_forward(own->group, count);
            } else {
                sum += free_backward(own->group, count);
            }
        }
    }
    sum += free_forward(own->kept, own->kept_count);
    own->kept_count = 0;
    stage->calls = 2 * mallocs;
    return sum;
}

static uint32_t run(Stage *stage, int round) {
    return run_passes(stage, round, NULL);
}

static size_t box_words(void) {
    size_t blocks = 0;
    uint32_t most = parameter("most"), step = parameter("step"), budget = parameter("budget");
    for (uint32_t bytes = SMALLEST; bytes <= most; bytes += step) blocks += group_of(budget, bytes);
    return 1 + parameter("passes") * blocks;
}

static size_t boxes_words(int threads) {
    return 2 * (size_t)threads * box_words();
}

static void **box_of(Stage *stage, int thread, int parity) {
    return (void **)(stage->shared + (size_t)(2 * thread + parity) * box_words());
}

static uint32_t empty_out(void **box) {
    uint32_t sum = free_forward(box + 1, (uint32_t)(uintptr_t)box[0]);
    box[0] = NULL;
    return sum;
}

static uint32_t run_handing_on(Stage *stage, int round) {
    uint32_t sum = empty_out(box_of(stage, (stage->thread + 1) % stage->threads, (round + 1) & 1));
    return sum + run_passes(stage, round, box_of(stage, stage->thread, round & 1));
}

static void leave(Stage *stage) {
    empty_out(box_of(stage, stage->thread, 0));
    empty_out(box_of(stage, stage->thread, 1));
}

const Workload sh6_like = { .name = "sh6-like", .open = open_part, .round = run };
const Workload sh8_like = { .name = "sh8-like", .shared_words = boxes_words, .open = open_part, .round = run_handing_on, .leave = leave };
