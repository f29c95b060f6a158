/*
 * heaprecord: records every allocation of an unmodified program. Loaded with LD_PRELOAD, it stands in front of malloc,
 * free and their kin, calls the real ones, and appends one event each to a buffer of the calling thread.
 *
 * The one idea is the order. Every event takes a number from one counter: a free before the address is given up, an
 * allocation after the address was received. An address is thus never seen to be allocated twice at once, however the
 * threads interleave. A realloc does both, so it leaves two events: REALLOC when it starts, MOVED when it has ended.
 * The numbers have no holes, so a reader can trust everything before the first missing one, even of a killed program.
 *
 * Buffers come from mmap, are linked into one list and stay there when their thread ends (32 KiB per thread ever
 * started). Whoever ends the process, by exit or _exit, writes out all of them; events after that are written at once.
 * Nothing in here allocates. Events before an execve of the same process are lost, unless a buffer was full before.
 *
 *   HEAPRECORD_OUT    existing directory for the files <pid>-<program>-<n>.raw; without it nothing is recorded
 *   HEAPRECORD_FORK   "follow": a forked child records into a file of its own; otherwise it records nothing
 *
 * The raw format is read by ../src/raw-recording.ts and is private to the two: no promise is made about it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum kind { MALLOC = 1, CALLOC, ALIGNED, REALLOC, MOVED, FREE };

struct event {
  uint64_t kind_and_sequence; /* kind in the top byte */
  uint64_t address;           /* given by an allocation, given up by FREE and REALLOC; 0: the allocation failed */
  uint64_t size;
  uint64_t extra;             /* CALLOC: count. ALIGNED: alignment */
};

enum { EVENTS = 1023 };

struct buffer {
  struct buffer *next;    /* written once, before the buffer is linked into the list */
  uint32_t thread;        /* in order of first event */
  atomic_flag writing;    /* held while `written` and the file are touched */
  atomic_bool busy;       /* the owner has, or is about to have, a number for an event that is not complete yet */
  _Atomic uint32_t used;  /* raised by the owner when the event is complete */
  uint32_t written;       /* events below are in the file */
  struct event events[EVENTS];
};

/* initial-exec: otherwise the first access in a thread would itself allocate. */
#define PER_THREAD static __thread __attribute__((tls_model("initial-exec")))

PER_THREAD struct buffer *own;
PER_THREAD bool inside; /* the recorder is at work in this thread: what it causes is not an event of the program */

static _Atomic uint64_t sequence;
static _Atomic uint32_t threads;
static _Atomic(struct buffer *) buffers;
static atomic_bool draining; /* the process is ending: keep nothing back */
static atomic_bool silent = true;
static pid_t process;
static const char *directory;
static int file = -1;
static atomic_flag opening = ATOMIC_FLAG_INIT;

/* ---- the real functions ---- */

static void *(*real_malloc)(size_t);
static void (*real_free)(void *);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void *(*real_aligned_alloc)(size_t, size_t);
static void *(*real_memalign)(size_t, size_t);
static int (*real_posix_memalign)(void **, size_t, size_t);
static void (*real_exit)(int) __attribute__((noreturn));

/* dlsym may allocate before it has told us where malloc is. Those few blocks come from here and are never reused. */
static _Alignas(16) char cradle[16384];
static size_t cradle_used;

static void *from_cradle(size_t size) {
  size_t at = cradle_used;
  if (size > sizeof cradle - at) return NULL;
  cradle_used = (at + size + 15) & ~(size_t)15;
  return cradle + at;
}

static bool in_cradle(const void *p) {
  return (const char *)p >= cradle && (const char *)p < cradle + sizeof cradle;
}

#define FIND(name) (*(void **)&real_##name = dlsym(RTLD_NEXT, #name))

static void begin(void);

static void find_real(void) {
  static bool finding; /* the first allocation comes before main, when there is one thread */
  if (finding) return;
  finding = true;
  FIND(free), FIND(calloc), FIND(realloc), FIND(aligned_alloc), FIND(memalign), FIND(posix_memalign);
  *(void **)&real_exit = dlsym(RTLD_NEXT, "_exit");
  FIND(malloc);
  begin();
}

/* ---- writing ---- */

static void write_all(const void *from, size_t bytes) {
  const char *at = from;
  while (bytes > 0) {
    ssize_t n = write(file, at, bytes);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) { atomic_store(&silent, true); return; } /* disk full: the reader stops at the first hole */
    at += n, bytes -= (size_t)n;
  }
}

static char *append(char *to, const char *end, const char *text) {
  while (*text && to < end) *to++ = *text++;
  return to;
}

static char *append_number(char *to, unsigned long n) {
  char digits[20];
  int count = 0;
  do digits[count++] = (char)('0' + n % 10); while (n /= 10);
  while (count) *to++ = digits[--count];
  return to;
}

/* Opens <pid>-<program>-<n>.raw and writes its header: magic, length of the command line, the command line. */
static void open_file(void) {
  static char command[4096];
  char path[4096];
  for (unsigned long n = 0; file < 0 && n < 1000; n++) {
    char *to = append(path, path + sizeof path - 300, directory);
    *to++ = '/';
    to = append_number(to, (unsigned long)getpid());
    *to++ = '-';
    to = append(to, to + 200, program_invocation_short_name);
    *to++ = '-';
    to = append_number(to, n);
    memcpy(to, ".raw", 5);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno != EEXIST) break;
    /* High up, where no program that counts on "the lowest free number" will meet it. */
    if (fd >= 0) file = fcntl(fd, F_DUPFD_CLOEXEC, 500), close(fd);
  }
  if (file < 0) { atomic_store(&silent, true); return; }
  uint32_t length = 0;
  int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    ssize_t n = read(fd, command, sizeof command);
    if (n > 0) length = (uint32_t)n;
    close(fd);
  }
  write_all("HEAPRAW1", 8);
  write_all(&length, sizeof length);
  write_all(command, length);
}

static void lock(atomic_flag *flag) {
  while (atomic_flag_test_and_set(flag)) usleep(50);
}

/* Writes what is complete in `b` as one chunk: thread, count, events. Any thread may call it. */
static void write_out(struct buffer *b) {
  int saved = errno;
  lock(&b->writing);
  lock(&opening); /* also keeps chunks whole: the file has one position */
  uint32_t used = atomic_load(&b->used);
  uint32_t head[2] = { b->thread, used - b->written };
  if (head[1] > 0 && file < 0) open_file();
  if (head[1] > 0 && file >= 0) {
    write_all(head, sizeof head);
    write_all(b->events + b->written, head[1] * sizeof(struct event));
  }
  b->written = used;
  atomic_flag_clear(&opening);
  atomic_flag_clear(&b->writing);
  errno = saved;
}

/* All of them, although only one may be full: so what a killed program leaves has its first hole near its end. */
static void write_out_all(void) {
  for (struct buffer *b = atomic_load(&buffers); b; b = b->next) write_out(b);
}

/* A thread that stands between taking a number and leaving its event would make a hole before all that others did
 * meanwhile, so it gets some time to come out. */
static void drain(void) {
  if (atomic_load(&silent) || getpid() != process) return; /* another process: a vfork child, in our memory */
  atomic_store(&draining, true);
  for (struct buffer *b = atomic_load(&buffers); b; b = b->next) {
    for (int naps = 0; b != own && atomic_load(&b->busy) && naps < 10000; naps++) usleep(50);
  }
  write_out_all();
}

/* ---- events ---- */

static struct buffer *new_buffer(void) {
  struct buffer *b = mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (b == MAP_FAILED) { atomic_store(&silent, true); return NULL; }
  b->thread = atomic_fetch_add(&threads, 1);
  b->next = atomic_load(&buffers);
  while (!atomic_compare_exchange_weak(&buffers, &b->next, b)) { }
  return b;
}

static bool recording(void) {
  return !inside && !atomic_load_explicit(&silent, memory_order_relaxed);
}

static void record(enum kind kind, const void *address, size_t size, size_t extra) {
  inside = true;
  if (!own) own = new_buffer();
  struct buffer *b = own;
  if (b) {
    uint32_t at = atomic_load_explicit(&b->used, memory_order_relaxed);
    if (at == EVENTS) {
      write_out_all();
      lock(&b->writing); /* against the one who ends the process */
      b->written = at = 0;
      atomic_store(&b->used, 0);
      atomic_flag_clear(&b->writing);
    }
    atomic_store(&b->busy, true);
    b->events[at] = (struct event){
      (uint64_t)kind << 56 | atomic_fetch_add(&sequence, 1), (uintptr_t)address, size, extra };
    atomic_store(&b->used, at + 1);
    atomic_store(&b->busy, false);
    if (atomic_load(&draining)) write_out(b);
  }
  inside = false;
}

/* ---- the functions in front ---- */

#define EXPORT __attribute__((visibility("default")))

EXPORT void *malloc(size_t size) {
  if (!real_malloc) find_real();
  if (!real_malloc) return from_cradle(size);
  void *p = real_malloc(size);
  if (p && recording()) record(MALLOC, p, size, 0);
  return p;
}

EXPORT void free(void *p) {
  if (!p || in_cradle(p)) return;
  if (!real_malloc) find_real();
  if (recording()) record(FREE, p, 0, 0);
  real_free(p);
}

EXPORT void *calloc(size_t count, size_t size) {
  if (!real_malloc) find_real();
  if (!real_malloc) return from_cradle(count * size);
  void *p = real_calloc(count, size);
  if (p && recording()) record(CALLOC, p, size, count);
  return p;
}

EXPORT void *realloc(void *old, size_t size) {
  if (in_cradle(old)) {
    void *p = malloc(size);
    size_t rest = (size_t)(cradle + sizeof cradle - (char *)old);
    return p ? memcpy(p, old, size < rest ? size : rest) : NULL;
  }
  if (!old) return malloc(size);
  if (!real_malloc) find_real();
  bool record_it = recording();
  if (record_it) record(REALLOC, old, size, 0);
  void *p = real_realloc(old, size);
  if (record_it) record(MOVED, p, size, 0);
  return p;
}

EXPORT void *reallocarray(void *old, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) { errno = ENOMEM; return NULL; }
  return realloc(old, bytes);
}

EXPORT void *aligned_alloc(size_t alignment, size_t size) {
  if (!real_malloc) find_real();
  void *p = real_aligned_alloc(alignment, size);
  if (p && recording()) record(ALIGNED, p, size, alignment);
  return p;
}

EXPORT void *memalign(size_t alignment, size_t size) {
  if (!real_malloc) find_real();
  void *p = real_memalign(alignment, size);
  if (p && recording()) record(ALIGNED, p, size, alignment);
  return p;
}

EXPORT int posix_memalign(void **into, size_t alignment, size_t size) {
  if (!real_malloc) find_real();
  int failed = real_posix_memalign(into, alignment, size);
  if (!failed && *into && recording()) record(ALIGNED, *into, size, alignment);
  return failed;
}

/* ---- the life of the process ---- */

EXPORT void _exit(int status) {
  inside = true;
  drain();
  if (!real_exit) find_real();
  real_exit(status);
}

EXPORT void _Exit(int status) { _exit(status); }

/* The child has one thread, and none of its parent's blocks were made in its file. */
static void start_over(void) {
  const char *mode = getenv("HEAPRECORD_FORK");
  if (file >= 0) close(file);
  file = -1;
  own = NULL;
  atomic_store(&buffers, NULL);
  atomic_store(&sequence, 0);
  atomic_store(&threads, 0);
  atomic_store(&draining, false);
  atomic_flag_clear(&opening);
  process = getpid();
  if (!mode || strcmp(mode, "follow") != 0) atomic_store(&silent, true);
}

/* At the first allocation: a constructor would come after those of other libraries, and miss what they allocate. */
static void begin(void) {
  directory = getenv("HEAPRECORD_OUT");
  if (!directory || !*directory) return;
  inside = true;
  pthread_atfork(NULL, NULL, start_over);
  inside = false;
  process = getpid();
  atomic_store(&silent, false);
}

__attribute__((destructor)) static void end(void) { drain(); }
