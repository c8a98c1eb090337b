#define _GNU_SOURCE
#include "CTerminal.h"

#if defined(__linux__)
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/// As sched_setattr(2) takes it; the C library has no declaration of its own everywhere.
struct attributes {
  uint32_t size;
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime;
  uint64_t deadline;
  uint64_t period;
};

int gbx_prefer_short_slices(void) {
  errno = 0;
  int nice = getpriority(PRIO_PROCESS, 0);
  if (errno != 0) return -1;
  struct attributes wanted = {
      .size = sizeof wanted,
      .policy = SCHED_OTHER,
      .flags = 1,  // SCHED_FLAG_RESET_ON_FORK
      .nice = nice,
      .runtime = 100 * 1000,  // The shortest there is, in nanoseconds.
  };
  return (int)syscall(SYS_sched_setattr, 0, &wanted, 0);
}
#else
int gbx_prefer_short_slices(void) { return -1; }
#endif
