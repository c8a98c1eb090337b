#define _GNU_SOURCE
#include "CFiles.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CAPACITY = 8192 };

/// Free where `start` is 0. Written under the lock, read by the handler without.
static struct {
  _Atomic uintptr_t start, end;
  atomic_int damaged;
} ranges[CAPACITY];
static atomic_int used;
static atomic_uint faults;
static uintptr_t page_size;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/// The handler that was there first, and the one that was there when ours was put in place the last time.
static struct sigaction first, former;
static int has_first;
static atomic_int has_passed_on;

/// Zeros from the page of the fault to the end of its range: what comes later in a file is missing as well.
static int mend(uintptr_t at) {
  int count = atomic_load_explicit(&used, memory_order_acquire);
  for (int i = 0; i < count; i++) {
    uintptr_t start = atomic_load_explicit(&ranges[i].start, memory_order_acquire);
    uintptr_t end = atomic_load_explicit(&ranges[i].end, memory_order_relaxed);
    if (start == 0 || at < start || at >= end) continue;
    uintptr_t page = at & ~(page_size - 1);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
    if (mmap((void *)page, end - page, PROT_READ, flags, -1, 0) == MAP_FAILED) return 0;
    atomic_store(&ranges[i].damaged, 1);
    atomic_fetch_add(&faults, 1);
    return 1;
  }
  return 0;
}

static void on_bus_error(int number, siginfo_t *info, void *context) {
  (void)context;
  int saved = errno;
  int is_fault = info != NULL && info->si_code > 0;
  if (is_fault && mend((uintptr_t)info->si_addr)) {
    errno = saved;
    return;
  }
  // Another handler's: the fault comes again when the instruction is run again. Should that one hand back to us, the
  // first of all is next.
  sigaction(SIGBUS, atomic_exchange(&has_passed_on, 1) ? &first : &former, NULL);
  if (!is_fault) raise(number);
  errno = saved;
}

void gbx_mapping_arm(void) {
  struct sigaction now;
  if (sigaction(SIGBUS, NULL, &now) != 0) return;
  if ((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == on_bus_error) return;
  pthread_mutex_lock(&lock);
  struct sigaction ours = {0};
  ours.sa_sigaction = on_bus_error;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&ours.sa_mask);
  if (sigaction(SIGBUS, NULL, &now) == 0 && !atomic_load(&has_passed_on)
      && !((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == on_bus_error)) {
    if (!has_first) first = now;
    has_first = 1;
    former = now;
    sigaction(SIGBUS, &ours, NULL);
  }
  pthread_mutex_unlock(&lock);
}

int gbx_mapping_add(const void *start, size_t size) {
  if (start == NULL || size == 0) return -1;
  int number = -1;
  pthread_mutex_lock(&lock);
  if (page_size == 0) page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int i = 0; i < CAPACITY; i++) {
    if (atomic_load(&ranges[i].start) != 0) continue;
    atomic_store(&ranges[i].damaged, 0);
    // Up to the end of the last page, which the mapping reaches.
    atomic_store(&ranges[i].end, ((uintptr_t)start + size + page_size - 1) & ~(page_size - 1));
    atomic_store_explicit(&ranges[i].start, (uintptr_t)start, memory_order_release);
    if (i >= atomic_load(&used)) atomic_store_explicit(&used, i + 1, memory_order_release);
    number = i;
    break;
  }
  pthread_mutex_unlock(&lock);
  gbx_mapping_arm();
  return number;
}

void gbx_mapping_remove(int number) {
  if (number < 0 || number >= CAPACITY) return;
  atomic_store_explicit(&ranges[number].start, 0, memory_order_release);
}

unsigned gbx_mapping_faults(void) { return atomic_load_explicit(&faults, memory_order_acquire); }

int gbx_mapping_is_damaged(int number) {
  return number >= 0 && number < CAPACITY && atomic_load(&ranges[number].damaged) != 0;
}
