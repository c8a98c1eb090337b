#define _DEFAULT_SOURCE
#include "tokenize_pieces.inc.h"
#include <stdlib.h>
#include <sys/mman.h>

/// Lines of slots. At most the small ones take 8 MB and the large ones 16.
#define FEWEST_LINES ((size_t)1 << 9)
#define MOST_SMALL_LINES ((size_t)1 << 17)
#define MOST_LARGE_LINES ((size_t)1 << 18)
/// Pieces that are turned away for each one that is kept, before everything is forgotten.
#define PATIENCE 4
/// Only what is used of it takes memory.
#define ARENA ((size_t)16 << 20)
/// Tokens are copied four at a time.
#define ARENA_MARGIN 16

// MARK: - Memory

/// Memory of zeros. Large tables ask for large pages: looking up a piece is one access to memory.
static void *zeros(size_t size) {
  int flags = MAP_PRIVATE | MAP_ANON;
#if defined(__linux__)
  bool is_large = size >= (size_t)2 << 20;
  // All of it will be written, at places that nobody can foresee.
  if (!is_large) flags |= MAP_POPULATE;
#endif
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (memory == MAP_FAILED) return NULL;
#if defined(__linux__)
  if (is_large) madvise(memory, size, MADV_HUGEPAGE);
#endif
  return memory;
}

static void give_back(void *memory, size_t size) {
  if (memory) munmap(memory, size);
}

static void release_arena(arena *a) {
  if (!a || --a->owners > 0) return;
  give_back(a->bytes, a->size + ARENA_MARGIN);
  free(a);
}

void gbx_store_release(store *s) {
  if (!s || --s->owners > 0) return;
  give_back(s->small, (s->small_mask + 1) * SMALL_LINE * sizeof(small_slot));
  give_back(s->large, (s->large_mask + 1) * LARGE_LINE * sizeof(large_slot));
  release_arena(s->arena);
  free(s);
}

/// - bytes: an arena to take part in; NULL: one of its own.
static store *new_store(const gbx_pieces *p, size_t small_lines, size_t large_lines, arena *bytes) {
  store *s = calloc(1, sizeof *s);
  if (!s) return NULL;
  s->owners = 1;
  s->small_mask = small_lines - 1;
  s->large_mask = large_lines - 1;
  s->small = zeros(small_lines * SMALL_LINE * sizeof(small_slot));
  s->large = zeros(large_lines * LARGE_LINE * sizeof(large_slot));
  if (bytes) {
    s->arena = bytes;
    bytes->owners++;
  } else if ((s->arena = calloc(1, sizeof(arena)))) {
    s->arena->owners = 1;
    s->arena->size = ARENA >> p->share;
    // Only what is written takes memory, so this is not asked for in large pages.
    s->arena->bytes = mmap(NULL, s->arena->size + ARENA_MARGIN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (s->arena->bytes == MAP_FAILED) s->arena->bytes = NULL;
  }
  if (s->small && s->large && s->arena && s->arena->bytes) return s;
  gbx_store_release(s);
  return NULL;
}

// MARK: - Writing

/// Takes the first free slot from a piece's home on. There is one, as lines are never all full.
static void put_small(store *s, uint64_t hash, uint64_t key, value tokens) {
  for (size_t line = hash & s->small_mask;; line = (line + 1) & s->small_mask) {
    small_slot *slot = s->small + line * SMALL_LINE;
    for (small_slot *end = slot + SMALL_LINE; slot < end; slot++) {
      if (slot->key == key) return;
      if (slot->key) continue;
      slot->tokens = tokens;
      __atomic_store_n(&slot->key, key, __ATOMIC_RELEASE);
      s->small_used++;
      return;
    }
  }
}

static void put_large(store *s, uint64_t hash, const uint64_t key[3], value tokens) {
  for (size_t line = hash & s->large_mask;; line = (line + 1) & s->large_mask) {
    large_slot *slot = s->large + line * LARGE_LINE;
    for (large_slot *end = slot + LARGE_LINE; slot < end; slot++) {
      if (slot->key[2] == key[2] && slot->key[0] == key[0] && slot->key[1] == key[1]) return;
      if (slot->key[2]) continue;
      slot->key[0] = key[0];
      slot->key[1] = key[1];
      slot->tokens = tokens;
      __atomic_store_n(&slot->key[2], key[2], __ATOMIC_RELEASE);
      s->large_used++;
      return;
    }
  }
}

/// A store with the same pieces and other numbers of lines.
static store *resized(const gbx_pieces *p, size_t small_lines, size_t large_lines) {
  const store *old = p->store;
  store *s = new_store(p, small_lines, large_lines, old->arena);
  if (!s) return NULL;
  for (size_t i = 0; i < SMALL_LINE * (old->small_mask + 1); i++) {
    const small_slot *slot = old->small + i;
    if (slot->key) put_small(s, small_hash(&p->seeds, slot->key), slot->key, slot->tokens);
  }
  for (size_t i = 0; i < LARGE_LINE * (old->large_mask + 1); i++) {
    const large_slot *slot = old->large + i;
    if (slot->key[2]) put_large(s, large_hash(&p->seeds, slot->key), slot->key, slot->tokens);
  }
  return s;
}

/// Slots of small pieces fill up to three quarters, those of large ones, of which fewer share a line, to five eighths.
static bool is_small_crowded(const store *s) { return s->small_used * 4 > (s->small_mask + 1) * SMALL_LINE * 3; }
static bool is_large_crowded(const store *s) { return s->large_used * 8 > (s->large_mask + 1) * LARGE_LINE * 5; }

/// Fourfold, as all that is there moves.
static bool grow(size_t *lines, size_t most) {
  if (*lines >= most) return false;
  *lines = *lines * 4 < most ? *lines * 4 : most;
  return true;
}

/// - Returns: the store to add to, with room for one more piece and `bytes` in its arena; NULL: there is none.
static store *store_with_room(gbx_pieces *p, bool is_small, size_t bytes) {
  store *s = p->store, *next = s;
  if (!s) {
    next = new_store(p, FEWEST_LINES, FEWEST_LINES, NULL);
  } else {
    size_t small_lines = s->small_mask + 1, large_lines = s->large_mask + 1;
    size_t most_small = MOST_SMALL_LINES >> p->share, most_large = MOST_LARGE_LINES >> p->share;
    bool is_full = s->arena->used + bytes > s->arena->size;
    if (is_small && is_small_crowded(s)) is_full |= !grow(&small_lines, most_small);
    if (!is_small && is_large_crowded(s)) is_full |= !grow(&large_lines, most_large);
    if (is_full) {
      if (++s->refused < PATIENCE * (s->small_used + s->large_used)) return NULL;
      next = new_store(p, FEWEST_LINES, FEWEST_LINES, NULL);
    } else if (small_lines > s->small_mask + 1 || large_lines > s->large_mask + 1) {
      next = resized(p, small_lines, large_lines);
    }
  }
  if (next && next != s) {
    __atomic_store_n(&p->store, next, __ATOMIC_RELEASE);
    gbx_store_release(s);
  }
  return next;
}

/// - Returns: where bytes went in the arena, which has the room.
static uint64_t keep(store *s, const void *bytes, size_t size) {
  arena *a = s->arena;
  size_t at = a->used;
  memcpy(a->bytes + at, bytes, size);
  a->used = (at + size + 3) & ~(size_t)3;
  return at;
}

void gbx_store_add(
  gbx_pieces *p, const uint8_t *piece, size_t length, const int32_t *tokens, size_t number, value direct) {
  // With what places are rounded up by.
  size_t bytes = (number ? number * 4 + 4 : 0) + (length > LARGE ? length + 4 : 0);
  store *s = store_with_room(p, length <= SMALL, bytes);
  if (!s) return;
  if (number) direct = (value)number << 32 | keep(s, tokens, number * 4);
  if (length <= SMALL) {
    uint64_t word = 0;
    memcpy(&word, piece, length);
    uint64_t key = small_key(word, length);
    put_small(s, small_hash(&p->seeds, key), key, direct);
    return;
  }
  uint64_t key[3];
  large_key(&p->seeds, piece, length, key);
  if (key[2] >= IS_LONG) key[1] = keep(s, piece, length);
  put_large(s, large_hash(&p->seeds, key), key, direct);
}
