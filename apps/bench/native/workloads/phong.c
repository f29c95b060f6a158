/* Small sizes in random windows of a table. See ../../src/workloads/phong.ts. */
#include "../bench.h"

enum { POINTS = 10 };

typedef struct {
    uint8_t *block;
    uint32_t bytes;
} Place;

static void open_part(Stage *stage) {
    stage->own = pages(parameter("blocks") * sizeof(Place));
}

static uint32_t favour_small(uint32_t most, uint32_t x) {
    uint32_t even = x >> 22;
    return (even * even * (most + 1)) >> 20;
}

static void touch(Place *place, uint32_t value) {
    if (!place->block) unserved(place->bytes);
    for (uint32_t i = 0; i < POINTS; i += 1) ((volatile uint8_t *)place->block)[i * place->bytes / POINTS] = (uint8_t)value;
}

static uint32_t read_byte(Place *place) {
    return *(volatile uint8_t *)place->block;
}

static uint32_t run(Stage *stage, int round) {
    uint32_t blocks = parameter("blocks"), window = parameter("window"), least = parameter("least"), most = parameter("most");
    uint32_t x = seed_of(stage->thread, round), sum = 0;
    uint64_t calls = 0;
    int64_t left = parameter("allocations");
    Place *table = stage->own;
    while (left > 0) {
        x = next(x);
        Place *from = table + below(blocks - window, x);
        for (Place *place = from; place < from + window; place += 1) {
            x = next(x);
            if (!place->block) {
                place->bytes = least + favour_small(most - least, x);
                place->block = malloc(place->bytes);
                touch(place, x);
                left -= 1;
            } else if ((x & 7) < 4) {
                sum += read_byte(place);
                free(place->block);
                place->block = NULL;
            } else if ((x & 7) == 4) {
                uint32_t quarter = place->bytes / 4 > 1 ? place->bytes / 4 : 1;
                place->bytes = place->bytes * 2 > most ? quarter : place->bytes * 2;
                place->block = realloc(place->block, place->bytes);
                if (!place->block) unserved(place->bytes);
                sum += read_byte(place);
                touch(place, x);
            } else continue;
            calls += 1;
        }
    }
    for (Place *place = table; place < table + blocks; place += 1) {
        if (!place->block) continue;
        sum += read_byte(place);
        free(place->block);
        place->block = NULL;
        calls += 1;
    }
    stage->calls = calls;
    return sum;
}

const Workload phong = { .name = "phong", .open = open_part, .round = run };
