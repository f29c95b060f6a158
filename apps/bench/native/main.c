/*
 * The same runs in C: bench WORKLOAD THREADS TRACE name=number ... prints a report as JSON. TRACE is a file, or -. Among the
 * numbers are those of the clock, which have the names of Clock in ../src/child/request.ts. Which allocator is measured is decided by
 * LD_PRELOAD. Threads, rounds and clock are as in ../src/child: what counts is decided here as in round-clock.ts.
 */
#define _GNU_SOURCE
#include "bench.h"
#include "memory.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MOST_THREADS = 64, MOST_ROUNDS = 100000, HEADER_WORDS = 3, NUMBERS = 4, ENDLESS = 10 };

extern const Workload linux_scalability, threadtest, active_false, passive_false, larson, producer_consumer, phong, xmalloc_test,
    sh6_like, sh8_like, mstress, churn, realloc_growth, calloc_, play_trace;
static const Workload *const WORKLOADS[] = {
    &linux_scalability, &threadtest, &active_false, &passive_false, &larson, &producer_consumer, &phong, &xmalloc_test,
    &sh6_like, &sh8_like, &mstress, &churn, &realloc_growth, &calloc_, &play_trace,
};

static const Workload *workload;
static int threads;
static int argument_count;
static char **arguments;
static Trace trace;
static Shared *shared;
static pthread_barrier_t barrier;
static int stopped;
/* What each thread's round came to. */
static struct { _Alignas(128) uint32_t sum; uint64_t calls; } rows[MOST_THREADS];
static uint64_t counted[MOST_ROUNDS];
static uint32_t counted_rounds;
static size_t own_bytes, own_before;
/* Whether memory is looked at, and the time that it takes, which is not the allocator's. */
static int looking;
static uint64_t looked;

uint32_t parameter(const char *name) {
    size_t length = strlen(name);
    for (int i = NUMBERS; i < argument_count; i += 1) {
        if (!strncmp(arguments[i], name, length) && arguments[i][length] == '=') return (uint32_t)strtoul(arguments[i] + length + 1, NULL, 10);
    }
    fprintf(stderr, "parameter %s is missing\n", name);
    exit(2);
}

void *pages(size_t bytes) {
    if (bytes == 0) bytes = 1;
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) {
        perror("mmap");
        exit(2);
    }
    __atomic_add_fetch(&own_bytes, (bytes + 4095) & ~(size_t)4095, __ATOMIC_RELAXED);
    return memory;
}

_Noreturn void unserved(size_t bytes) {
    printf("{\"outcome\":\"cannot\",\"reason\":\"a request of %zu bytes was not served\"}\n", bytes);
    fflush(stdout);
    _exit(0);
}

void idle(void) {
    nanosleep(&(struct timespec){ .tv_nsec = 50000 }, NULL);
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void look(void) {
    if (!looking) return;
    uint64_t start = now();
    memory_look(own_bytes - own_before);
    looked += now() - start;
}

static void read_trace(const char *path) {
    int file = open(path, O_RDONLY);
    struct stat status;
    if (file < 0 || fstat(file, &status) < 0) {
        perror(path);
        exit(2);
    }
    const uint32_t *words = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (words == MAP_FAILED) {
        perror(path);
        exit(2);
    }
    trace = (Trace){ .events = words[0], .blocks = words[1], .words = words + HEADER_WORDS };
}

static void meet(void) {
    pthread_barrier_wait(&barrier);
}

static Stage take_part(int thread) {
    Stage stage = { .thread = thread, .threads = threads, .shared = shared, .trace = &trace };
    if (workload->open) workload->open(&stage);
    return stage;
}

static void tell(Stage *stage, int round) {
    uint32_t sum = workload->round(stage, round);
    rows[stage->thread].sum = sum;
    rows[stage->thread].calls = stage->calls;
}

static void *follow(void *thread) {
    Stage stage = take_part((int)(intptr_t)thread);
    for (int round = 0;; round += 1) {
        meet();
        if (stopped) break;
        tell(&stage, round);
        meet();
    }
    if (workload->leave) workload->leave(&stage);
    return NULL;
}

/* Of all that the first round reads back. */
static uint32_t checksum;

static uint64_t lead(void) {
    uint32_t warm_up = parameter("warmUpMilliseconds"), warm_up_rounds = parameter("warmUpRounds");
    uint32_t measure = parameter("measureMilliseconds"), patience = parameter("patienceMilliseconds"), rounds = parameter("rounds");
    own_before = own_bytes;
    memory_begins();
    Stage stage = take_part(0);
    double warmed = 0, measured = 0;
    /* Of the round before, if that was slow and is not counted yet. */
    uint64_t waiting = 0;
    uint32_t warmed_rounds = 0;
    int goes_on = 1;
    for (int round = 0; goes_on; round += 1) {
        if (workload->before) workload->before(&stage, round);
        looking = round == 0 && threads == 1;
        looked = 0;
        uint64_t start = now();
        meet();
        tell(&stage, round);
        meet();
        uint64_t nanoseconds = now() - start - looked;
        uint32_t more = workload->after ? workload->after(&stage) : 0;
        if (round == 0) {
            checksum = more;
            for (int thread = 0; thread < threads; thread += 1) checksum += rows[thread].sum;
        }
        double milliseconds = (double)nanoseconds / 1e6;
        if (rounds == 0 && (warmed < warm_up || warmed_rounds < warm_up_rounds)) {
            warmed += milliseconds;
            warmed_rounds += 1;
            if (milliseconds <= patience) {
                waiting = 0;
                continue;
            }
            if (!waiting && milliseconds <= (double)ENDLESS * patience) {
                waiting = nanoseconds;
                continue;
            }
        }
        if (waiting && milliseconds > patience) {
            counted[counted_rounds++] = waiting;
            measured += (double)waiting / 1e6;
        }
        waiting = 0;
        counted[counted_rounds++] = nanoseconds;
        measured += milliseconds;
        goes_on = counted_rounds < MOST_ROUNDS && (rounds ? counted_rounds < rounds : measured < measure);
    }
    uint64_t calls = 0;
    for (int thread = 0; thread < threads; thread += 1) calls += rows[thread].calls;
    stopped = 1;
    meet();
    if (workload->leave) workload->leave(&stage);
    return calls;
}

int main(int count, char **words) {
    if (count < NUMBERS) {
        fprintf(stderr, "usage: %s WORKLOAD THREADS TRACE name=number ...\n", words[0]);
        return 2;
    }
    argument_count = count;
    arguments = words;
    for (size_t i = 0; i < sizeof WORKLOADS / sizeof *WORKLOADS; i += 1) {
        if (!strcmp(WORKLOADS[i]->name, words[1])) workload = WORKLOADS[i];
    }
    threads = atoi(words[2]);
    if (!workload || threads < 1 || threads > MOST_THREADS) {
        fprintf(stderr, "there is no workload %s for %s threads\n", words[1], words[2]);
        return 2;
    }
    if (strcmp(words[3], "-")) read_trace(words[3]);
    shared = pages(sizeof(Shared) * (workload->shared_words ? workload->shared_words(threads) : 0));
    pthread_barrier_init(&barrier, NULL, (unsigned)threads);
    pthread_t others[MOST_THREADS];
    for (int thread = 1; thread < threads; thread += 1) pthread_create(&others[thread], NULL, follow, (void *)(intptr_t)thread);
    uint64_t calls = lead();
    for (int thread = 1; thread < threads; thread += 1) pthread_join(others[thread], NULL);
    printf("{\"outcome\":\"measured\",\"roundNanoseconds\":[");
    for (uint32_t i = 0; i < counted_rounds; i += 1) printf("%s%llu", i ? "," : "", (unsigned long long)counted[i]);
    printf("],\"calls\":%llu,\"checksum\":%u", (unsigned long long)calls, checksum);
    Taken taken = memory_taken();
    if (taken.resident) printf(",\"residentBytes\":%zu", taken.resident);
    if (taken.mapped) printf(",\"mappedBytes\":%zu", taken.mapped);
    printf("}\n");
    return 0;
}
