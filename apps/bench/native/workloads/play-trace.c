/* A real program. See ../../src/workloads/play-trace.ts, and trace-events.ts for the file. */
#include "../bench.h"

enum { MALLOC = 0, CALLOC = 1, ALIGNED_ALLOC = 2, REALLOC = 3, WORD = 4, EVENT_WORDS = 4, LOOKS = 512 };

typedef struct {
    void *block;
    uint32_t bytes;
} Place;

static void open_part(Stage *stage) {
    stage->own = pages(((size_t)stage->trace->blocks + 1) * sizeof(Place));
}

static void made(Place *place, void *block, uint32_t bytes, uint32_t value) {
    write_lines(block, bytes, value);
    place->block = block;
    place->bytes = bytes;
}

static uint32_t end_block(Place *place) {
    uint32_t value = place->bytes >= WORD ? read_first(place->block) : 0;
    free(place->block);
    place->block = NULL;
    return value;
}

/* The first of them, or all there are. */
static uint32_t events_of(Stage *stage) {
    uint32_t most = parameter("events");
    return stage->trace->events < most ? stage->trace->events : most;
}

static uint32_t play(Place *places, const uint32_t *words, const uint32_t *end, uint32_t round) {
    uint32_t sum = 0;
    for (; words < end; words += EVENT_WORDS) {
        uint32_t number = words[1], bytes = words[2], other = words[3], value = number + round;
        switch (words[0]) {
        case MALLOC:
            made(&places[number], malloc(bytes), bytes, value);
            break;
        case CALLOC:
            made(&places[number], calloc(other, bytes), other * bytes, value);
            break;
        case ALIGNED_ALLOC:
            made(&places[number], aligned_alloc(other, bytes), bytes, value);
            break;
        case REALLOC: {
            Place *from = &places[other];
            void *block = realloc(from->block, bytes);
            from->block = NULL;
            if (block && from->bytes >= WORD && bytes >= WORD) sum += read_first(block);
            made(&places[number], block, bytes, value);
            break;
        }
        default:
            sum += end_block(&places[number]);
        }
    }
    return sum;
}

/* In pieces, after each of which memory is looked at. */
static uint32_t run(Stage *stage, int round) {
    uint32_t events = events_of(stage), step = events / LOOKS + 1, sum = 0;
    Place *places = stage->own;
    for (uint32_t from = 0; from < events; from += step) {
        uint32_t to = from + step < events ? from + step : events;
        const uint32_t *words = stage->trace->words;
        sum += play(places, words + (size_t)from * EVENT_WORDS, words + (size_t)to * EVENT_WORDS, (uint32_t)round);
        look();
    }
    uint64_t calls = events;
    for (uint32_t number = 1; number <= stage->trace->blocks; number += 1) {
        if (!places[number].block) continue;
        sum += end_block(&places[number]);
        calls += 1;
    }
    stage->calls = calls;
    return sum;
}

const Workload play_trace = { .name = "play-trace", .open = open_part, .round = run };
