#define _GNU_SOURCE
#include "CFaultyCalls.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { most_rules = 8, longest_word = 64 };

typedef struct {
  char call[longest_word], name[longest_word];
  atomic_long passed;
  long after, count;
  int error, milliseconds;
} rule;

static rule rules[most_rules];
static int rule_count;
static const volatile int64_t *clock_offset;

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void set_up(void) {
  const char *text = getenv("FAULTY_CALLS");
  while (text && *text && rule_count < most_rules) {
    rule *r = &rules[rule_count];
    char fault[longest_word] = "";
    if (sscanf(text, "%63[^:]:%63[^:]:%ld:%ld:%63[^;]", r->call, r->name, &r->after, &r->count, fault) != 5) {
      fprintf(stderr, "FAULTY_CALLS: %s: expected CALL:NAME:AFTER:COUNT:FAULT\n", text);
      _exit(64);
    }
    if (sscanf(fault, "sleep=%d", &r->milliseconds) != 1) r->error = atoi(fault);
    rule_count++;
    text = strchr(text, ';');
    if (text) text++;
  }
  const char *clock = getenv("FAULTY_CLOCK");
  if (!clock) return;
  int file = NEXT(open)(clock, O_RDONLY | O_CLOEXEC);
  void *mapped = file < 0 ? MAP_FAILED : mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) {
    fprintf(stderr, "FAULTY_CLOCK: %s: cannot be mapped\n", clock);
    _exit(64);
  }
  clock_offset = mapped;
}

static int ends(const char *text, const char *end) {
  size_t length = strlen(text), wanted = strlen(end);
  return length >= wanted && !strcmp(text + length - wanted, end);
}

// True where the call has to fail; errno says how.
static int fails(const char *call, const char *path) {
  for (int i = 0; i < rule_count; i++) {
    rule *r = &rules[i];
    if (strcmp(r->call, call) || !ends(path, r->name)) continue;
    long number = atomic_fetch_add(&r->passed, 1);
    if (number < r->after || number >= r->after + r->count) continue;
    if (!r->milliseconds) {
      errno = r->error;
      return 1;
    }
    struct timespec time = {r->milliseconds / 1000, r->milliseconds % 1000 * 1000000L};
    nanosleep(&time, NULL);
  }
  return 0;
}

static int fails_on(const char *call, int file) {
  int is_wanted = 0;
  for (int i = 0; i < rule_count; i++) is_wanted |= !strcmp(rules[i].call, call);
  if (!is_wanted) return 0;
  char link[32], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return fails(call, path);
}

// MARK: Files

#define OPEN(name)                                      \
  int name(const char *path, int flags, ...) {          \
    mode_t mode = 0;                                    \
    if (flags & (O_CREAT | O_TMPFILE)) {                \
      va_list rest;                                     \
      va_start(rest, flags);                            \
      mode = va_arg(rest, mode_t);                      \
      va_end(rest);                                     \
    }                                                   \
    if (fails("open", path)) return -1;                 \
    return NEXT(name)(path, flags, mode);               \
  }
OPEN(open)
OPEN(open64)

#define FILE_CALL(result, name, word, parameters, arguments)    \
  result name parameters { return fails_on(word, file) ? -1 : NEXT(name) arguments; }

FILE_CALL(ssize_t, pread, "read", (int file, void *to, size_t bytes, off_t at), (file, to, bytes, at))
FILE_CALL(ssize_t, pread64, "read", (int file, void *to, size_t bytes, off64_t at), (file, to, bytes, at))
FILE_CALL(ssize_t, pwrite, "write", (int file, const void *from, size_t bytes, off_t at), (file, from, bytes, at))
FILE_CALL(ssize_t, pwrite64, "write", (int file, const void *from, size_t bytes, off64_t at), (file, from, bytes, at))
FILE_CALL(int, fsync, "sync", (int file), (file))
FILE_CALL(int, fdatasync, "sync", (int file), (file))
FILE_CALL(int, ftruncate, "truncate", (int file, off_t bytes), (file, bytes))
FILE_CALL(int, ftruncate64, "truncate", (int file, off64_t bytes), (file, bytes))

int rename(const char *from, const char *to) { return fails("rename", to) ? -1 : NEXT(rename)(from, to); }

// MARK: The clock

int clock_gettime(clockid_t clock, struct timespec *time) {
  int code = NEXT(clock_gettime)(clock, time);
  if (code || !clock_offset || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return code;
  int64_t nanoseconds = time->tv_nsec + *clock_offset % 1000000 * 1000;
  time->tv_sec += *clock_offset / 1000000 + nanoseconds / 1000000000;
  time->tv_nsec = nanoseconds % 1000000000;
  if (time->tv_nsec < 0) {
    time->tv_nsec += 1000000000;
    time->tv_sec--;
  }
  return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  (void)zone;
  struct timespec now;
  int code = clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return code;
}

time_t time(time_t *to) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (to) *to = now.tv_sec;
  return now.tv_sec;
}
