#define _GNU_SOURCE
#include "CMemory.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic(size_t) wanted;
static _Atomic(void *) reserve;
static atomic_int ending;
static void (*_Atomic before_end)(void);

static void *map_reserve(void) {
  // Readable and writable, so that limits on data count it; never touched, so that it costs no memory.
  void *start = mmap(NULL, atomic_load(&wanted), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, -1, 0);
  return start == MAP_FAILED ? NULL : start;
}

int gbx_memory_has_reserve(void) {
  if (atomic_load(&wanted) == 0 || atomic_load(&reserve) != NULL) return 1;
  void *start = map_reserve();
  if (start == NULL) return 0;
  void *none = NULL;
  // Another thread was quicker.
  if (!atomic_compare_exchange_strong(&reserve, &none, start)) munmap(start, atomic_load(&wanted));
  return 1;
}

void gbx_memory_before_end(void (*before)(void)) { atomic_store(&before_end, before); }

static void say(const char *text, size_t count) {
  while (count > 0) {
    ssize_t done = write(STDERR_FILENO, text, count);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return;
    text += done;
    count -= (size_t)done;
  }
}

_Noreturn void gbx_memory_end(size_t bytes) {
  // Another thread is saying it already, and ends both.
  if (atomic_exchange(&ending, 1)) {
    for (;;) pause();
  }
  void (*before)(void) = atomic_load(&before_end);
  if (before != NULL) before();
  char text[256] = "glassbox: There is not enough memory: ";
  size_t at = strlen(text);
  size_t value = bytes >= 1 << 20 ? bytes >> 20 : bytes;
  char digits[24];
  size_t first = sizeof digits;
  do {
    digits[--first] = (char)('0' + value % 10);
    value /= 10;
  } while (value > 0);
  memcpy(text + at, digits + first, sizeof digits - first);
  at += sizeof digits - first;
  const char *rest = bytes >= 1 << 20 ? " MB" : " bytes";
  memcpy(text + at, rest, strlen(rest));
  at += strlen(rest);
  rest = " could not be had; close other programs, raise the limit (ulimit -v), or use a smaller model, context or "
         "batch.\n";
  memcpy(text + at, rest, strlen(rest));
  say(text, at + strlen(rest));
  _exit(1);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define OWN_MALLOC 1
#endif
#endif

#if defined(__GLIBC__) && !defined(OWN_MALLOC)

// glibc's allocator under the names that stay when its own are taken.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void gbx_memory_reserve(size_t bytes) {
  atomic_store(&wanted, bytes);
  gbx_memory_has_reserve();
}

/// Whether it is worth asking once more. Ends the program where it was asked more than once in vain.
static int may_retry(int times, size_t bytes) {
  if (atomic_load(&wanted) == 0) return 0;
  void *given_up = atomic_exchange(&reserve, NULL);
  if (given_up != NULL) {
    munmap(given_up, atomic_load(&wanted));
    return 1;
  }
  // Another thread may just have given it up.
  if (times == 0) return 1;
  gbx_memory_end(bytes);
}

void *malloc(size_t bytes) {
  void *found = __libc_malloc(bytes);
  for (int i = 0; __builtin_expect(found == NULL, 0) && may_retry(i, bytes); i++) found = __libc_malloc(bytes);
  return found;
}

void *calloc(size_t count, size_t bytes) {
  void *found = __libc_calloc(count, bytes);
  size_t whole;
  if (__builtin_expect(found != NULL, 1)) return found;
  if (__builtin_mul_overflow(count, bytes, &whole)) whole = (size_t)-1 >> 1;
  for (int i = 0; found == NULL && may_retry(i, whole); i++) found = __libc_calloc(count, bytes);
  return found;
}

void *realloc(void *old, size_t bytes) {
  void *found = __libc_realloc(old, bytes);
  // Of no bytes it frees.
  for (int i = 0; __builtin_expect(found == NULL, 0) && bytes > 0 && may_retry(i, bytes); i++) {
    found = __libc_realloc(old, bytes);
  }
  return found;
}

void *memalign(size_t alignment, size_t bytes) {
  void *found = __libc_memalign(alignment, bytes);
  for (int i = 0; __builtin_expect(found == NULL, 0) && may_retry(i, bytes); i++) {
    found = __libc_memalign(alignment, bytes);
  }
  return found;
}

int posix_memalign(void **into, size_t alignment, size_t bytes) {
  if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
  int saved = errno;
  void *found = memalign(alignment, bytes);
  errno = saved;
  if (found == NULL) return ENOMEM;
  *into = found;
  return 0;
}

void *aligned_alloc(size_t alignment, size_t bytes) {
  if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
    errno = EINVAL;
    return NULL;
  }
  return memalign(alignment, bytes);
}

void *gbx_memory_aligned(size_t alignment, size_t bytes) { return __libc_memalign(alignment, bytes); }

#else

void gbx_memory_reserve(size_t bytes) { (void)bytes; }

void *gbx_memory_aligned(size_t alignment, size_t bytes) {
  void *found = NULL;
  return posix_memalign(&found, alignment, bytes) == 0 ? found : NULL;
}

#endif
