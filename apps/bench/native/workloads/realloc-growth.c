/* Vectors that grow by half, all in turn. See ../../src/workloads/realloc-growth.ts. */
#include "../bench.h"

static void open_part(Stage *stage) {
    stage->own = pages(parameter("vectors") * sizeof(void *));
}

static uint32_t run(Stage *stage, int round) {
    uint32_t count = parameter("vectors"), cycles = parameter("cycles"), least = parameter("least"), most = parameter("most"), sum = 0;
    uint64_t calls = 0;
    char **vectors = stage->own;
    for (uint32_t cycle = 0; cycle < cycles; cycle += 1) {
        for (uint32_t i = 0; i < count; i += 1) {
            vectors[i] = malloc(least);
            write_lines(vectors[i], least, i + (uint32_t)round);
        }
        calls += 2ull * count;
        for (uint32_t bytes = least, old; bytes < most;) {
            old = bytes;
            bytes += bytes >> 1;
            for (uint32_t i = 0; i < count; i += 1) {
                char *vector = realloc(vectors[i], bytes);
                if (!vector) unserved(bytes);
                sum += read_first(vector);
                write_lines(vector + old, bytes - old, bytes);
                vectors[i] = vector;
            }
            calls += count;
        }
        for (uint32_t i = 0; i < count; i += 1) {
            sum += read_first(vectors[i]);
            free(vectors[i]);
        }
    }
    stage->calls = calls;
    return sum;
}

const Workload realloc_growth = { .name = "realloc-growth", .open = open_part, .round = run };
