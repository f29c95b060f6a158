/*
 * How much memory the allocator takes. What of it is resident, Linux tells: the anonymous pages of the process in smaps_rollup, which
 * are counted one by one, whereas VmRSS and VmHWM are sums that each processor adds to when it has gathered some. What is mapped,
 * touched or not, the allocator tells, if it can. Memory may be given back at any time, so the most is what was seen.
 */
#define _GNU_SOURCE
#include "memory.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static Taken most;
static size_t before;

/* 0 where there is no such file. Without stdio, which would call the allocator. */
static size_t resident_now(void) {
    static const char NAME[] = "\nAnonymous:";
    char text[4096];
    int file = open("/proc/self/smaps_rollup", O_RDONLY);
    ssize_t length = file < 0 ? 0 : read(file, text, sizeof text - 1);
    if (file >= 0) close(file);
    text[length > 0 ? length : 0] = 0;
    const char *line = strstr(text, NAME);
    return line ? strtoul(line + sizeof NAME - 1, NULL, 10) * 1024 : 0;
}

static size_t glibc_mapped(void) {
#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 33)
    struct mallinfo2 info = mallinfo2();
    return info.arena + info.hblkhd;
#endif
#endif
    return 0;
}

/* Of whichever library is loaded. jemalloc tells how much lies in extents that are in use, which is another thing. */
static size_t mapped_now(void) {
    static void (*mimalloc)(size_t *, size_t *, size_t *, size_t *, size_t *, size_t *, size_t *, size_t *);
    static int (*tcmalloc)(const char *, size_t *);
    static void *jemalloc;
    static int known;
    if (!known) {
        mimalloc = dlsym(RTLD_DEFAULT, "mi_process_info");
        tcmalloc = dlsym(RTLD_DEFAULT, "MallocExtension_GetNumericProperty");
        jemalloc = dlsym(RTLD_DEFAULT, "mallctl");
        known = 1;
    }
    size_t bytes = 0, returned = 0;
    if (mimalloc) {
        mimalloc(NULL, NULL, NULL, NULL, NULL, NULL, &bytes, NULL);
        return bytes;
    }
    if (tcmalloc) {
        tcmalloc("generic.heap_size", &bytes);
        tcmalloc("tcmalloc.pageheap_unmapped_bytes", &returned);
        return bytes - returned;
    }
    return jemalloc ? 0 : glibc_mapped();
}

void memory_begins(void) {
    mapped_now();
    before = resident_now();
}

void memory_look(size_t own) {
    size_t resident = resident_now(), mapped = mapped_now();
    if (resident > before + own && resident - before - own > most.resident) most.resident = resident - before - own;
    if (mapped > most.mapped) most.mapped = mapped;
}

Taken memory_taken(void) {
    return most;
}
