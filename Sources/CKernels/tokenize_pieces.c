#define _DEFAULT_SOURCE
#include "include/gbx_pieces.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

/// A piece of up to 15 bytes is its own key, with its length in the last byte. A longer one has its hash in `low`, and
/// in `high` 0xFF, its length in 24 bits, and where its bytes lie in the arena.
typedef struct {
  uint64_t low, high;
  /// The first one has the number of tokens in its upper byte. 0xFF: they lie in the arena, at tokens[1], tokens[2] of
  /// them.
  uint32_t tokens[4];
} slot;

#define SHORT 15
#define IN_ARENA 0xFFu
/// Slots come in lines of two, which is a cache line.
#define FEWEST_LINES ((size_t)1 << 11)
#define MOST_LINES ((size_t)1 << 18)
#define GROWTH ((size_t)4)
#define MOST_ARENA ((size_t)16 << 20)

struct gbx_pieces {
  slot *slots;
  size_t lines, used;
  uint8_t *arena;
  size_t arena_used, arena_size;
  uint64_t seed[2];
};

typedef struct {
  uint64_t low, high;
} mask;

#define ONES(n) ((n) >= 8 ? ~0ull : (1ull << 8 * ((n) & 7)) - 1)
#define MASK(n) {ONES(n), ((n) > 8 ? ONES((n) - 8) : 0)}
static const mask masks[SHORT + 1] = {MASK(0), MASK(1), MASK(2), MASK(3), MASK(4), MASK(5), MASK(6), MASK(7), MASK(8),
  MASK(9), MASK(10), MASK(11), MASK(12), MASK(13), MASK(14), MASK(15)};

static inline uint64_t load(const uint8_t *bytes) {
  uint64_t value;
  memcpy(&value, bytes, 8);
  return value;
}

/// Both halves of a product, folded (as in wyhash).
static inline uint64_t fold(uint64_t a, uint64_t b) {
  __uint128_t product = (__uint128_t)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t short_hash(const gbx_pieces *p, uint64_t low, uint64_t high) {
  return fold(low ^ p->seed[0], high ^ p->seed[1]);
}

static uint64_t long_hash(const gbx_pieces *p, const uint8_t *piece, size_t length) {
  uint64_t hash = p->seed[0] ^ length;
  size_t i = 0;
  for (; i + 16 < length; i += 16) hash = fold(load(piece + i) ^ hash, load(piece + i + 8) ^ p->seed[1]);
  return fold(load(piece + length - 16) ^ hash, load(piece + length - 8) ^ p->seed[1]);
}

static inline slot *line_of(const gbx_pieces *p, uint64_t hash) { return p->slots + 2 * (hash & (p->lines - 1)); }
/// Where a piece goes whose line is full.
static inline slot *other_line_of(const gbx_pieces *p, uint64_t hash) { return line_of(p, hash >> 32); }

/// Memory for lines, all of them empty. Large tables ask for large pages: looking up a piece is one access to memory.
static void *lines_of(size_t lines) {
  const size_t page = (size_t)2 << 20;
  size_t size = lines * 64;
  void *memory = aligned_alloc(size >= page ? page : 64, size);
  if (!memory) return NULL;
#if defined(__linux__)
  if (size >= page) madvise(memory, size, MADV_HUGEPAGE);
#endif
  return memset(memory, 0, size);
}

gbx_pieces *gbx_pieces_create(uint64_t seed) {
  gbx_pieces *p = calloc(1, sizeof *p);
  if (!p) return NULL;
  p->seed[0] = fold(seed ^ 0xA0761D6478BD642F, 0xE7037ED1A0B428DB);
  p->seed[1] = fold(seed ^ 0x8EBC6AF09C88C6E3, 0x589965CC75374CC3);
  p->lines = FEWEST_LINES;
  p->slots = lines_of(p->lines);
  if (!p->slots) {
    free(p);
    return NULL;
  }
  return p;
}

void gbx_pieces_destroy(gbx_pieces *p) {
  if (!p) return;
  free(p->slots);
  free(p->arena);
  free(p);
}

static inline bool is_long(const gbx_pieces *p, const slot *s, uint64_t hash, const uint8_t *piece, size_t length) {
  return s->low == hash && s->high >> 32 == (0xFF000000 | length)
    && !memcmp(p->arena + (uint32_t)s->high, piece, length);
}

/// The slot of a piece that is not in its first line; NULL: nowhere.
static const slot *find_other(
  const gbx_pieces *p, uint64_t low, uint64_t high, const uint8_t *piece) {
  bool is_short = high >> 56 != 0xFF;
  const slot *line = other_line_of(p, is_short ? short_hash(p, low, high) : low);
  for (const slot *s = line; s < line + 2; s++) {
    if (is_short ? s->low == low && s->high == high : is_long(p, s, low, piece, high >> 32 & 0xFFFFFF)) return s;
  }
  return NULL;
}

static inline void key_of(const uint8_t *text, size_t length, bool is_readable, uint64_t *low, uint64_t *high) {
  uint8_t copy[16] = {0};
  if (__builtin_expect(!is_readable, 0)) {
    memcpy(copy, text, length);
    text = copy;
  }
  *low = load(text) & masks[length].low;
  *high = (load(text + 8) & masks[length].high) | (uint64_t)length << 56;
}

/// Pieces that are looked for at a time, so that memory answers for all of them at once.
#define BATCH 32

typedef struct {
  uint64_t low, high;
  const slot *line;
} query;

/// - Returns: false where the piece is too long to be known.
static inline bool ask(
  const gbx_pieces *p, const uint8_t *piece, size_t length, bool is_readable, query *q) {
  if (__builtin_expect(length <= SHORT, 1)) {
    key_of(piece, length, is_readable, &q->low, &q->high);
    q->line = line_of(p, short_hash(p, q->low, q->high));
  } else {
    if (length > GBX_LONGEST_PIECE) return false;
    q->low = long_hash(p, piece, length);
    q->high = 0xFFull << 56 | (uint64_t)length << 32;
    q->line = line_of(p, q->low);
  }
  __builtin_prefetch(q->line);
  return true;
}

static size_t find_batch(
  gbx_pieces *p, const uint8_t *text, size_t count, size_t start, const uint32_t *ends, size_t number,
  uint32_t **output) {
  query queries[BATCH];
  size_t asked = 0, from = start;
  for (; asked < number; asked++) {
    if (!ask(p, text + from, ends[asked] - from, from + 16 <= count, &queries[asked])) break;
    from = ends[asked];
  }
  uint32_t *out = *output;
  size_t i = 0;
  for (; i < asked; i++) {
    const query *q = &queries[i];
    const slot *found = q->line;
    bool matches;
    if (__builtin_expect(q->high >> 56 != 0xFF, 1)) {
      // Which of the two it is cannot be guessed, so that is no branch.
      found += (found[1].low == q->low) & (found[1].high == q->high);
      matches = found->low == q->low && found->high == q->high;
    } else {
      const uint8_t *piece = text + (i ? ends[i - 1] : start);
      size_t length = q->high >> 32 & 0xFFFFFF;
      matches = is_long(p, found, q->low, piece, length) || is_long(p, ++found, q->low, piece, length);
    }
    if (__builtin_expect(!matches, 0)) {
      found = find_other(p, q->low, q->high, text + (i ? ends[i - 1] : start));
      if (!found) break;
    }
    uint32_t first = found->tokens[0];
    uint32_t tokens = first >> 24;
    if (__builtin_expect(tokens == IN_ARENA, 0)) {
      tokens = found->tokens[2];
      memcpy(out, p->arena + found->tokens[1], tokens * 4);
    } else {
      memcpy(out, found->tokens, 16);
      out[0] = first & 0xFFFFFF;
    }
    out += tokens;
  }
  *output = out;
  return i;
}

size_t gbx_pieces_find(
  gbx_pieces *p, const uint8_t *text, size_t count, size_t start, const uint32_t *ends, size_t number,
  int32_t **output) {
  uint32_t *out = (uint32_t *)*output;
  size_t found = 0;
  while (found < number) {
    size_t batch = number - found < BATCH ? number - found : BATCH;
    size_t known = find_batch(p, text, count, start, ends + found, batch, &out);
    found += known;
    if (known < batch) break;
    start = ends[found - 1];
  }
  *output = (int32_t *)out;
  return found;
}

// MARK: - Adding

/// - Returns: where `size` bytes went in the arena; a negative number where there is no room.
static int64_t keep(gbx_pieces *p, const void *bytes, size_t size) {
  size_t at = (p->arena_used + 3) & ~(size_t)3;
  if (at + size > p->arena_size) {
    size_t larger = p->arena_size ? p->arena_size * 2 : 1 << 16;
    while (larger < at + size) larger *= 2;
    if (larger > MOST_ARENA) return -1;
    uint8_t *moved = realloc(p->arena, larger);
    if (!moved) return -1;
    p->arena = moved;
    p->arena_size = larger;
  }
  memcpy(p->arena + at, bytes, size);
  p->arena_used = at + size;
  return (int64_t)at;
}

static void put(gbx_pieces *p, uint64_t hash, const slot *s) {
  slot *line = line_of(p, hash);
  for (slot *same = line; same < line + 2; same++) {
    // It may have become known as a part of itself.
    bool is_same = s->high >> 56 == 0xFF ? same->high >> 32 == s->high >> 32 : same->high == s->high;
    if (is_same && same->low == s->low) {
      *same = *s;
      return;
    }
  }
  if (line[0].high && line[1].high) {
    slot *other = other_line_of(p, hash);
    if (!other[0].high || !other[1].high) line = other;
  }
  if (line[0].high && line[1].high) {
    // Both lines are full: the newer one of this line stays, the older one is forgotten.
    line[1] = line[0];
    line[0] = *s;
    return;
  }
  p->used++;
  *(line[0].high ? &line[1] : &line[0]) = *s;
}

static void grow(gbx_pieces *p) {
  slot *old = p->slots;
  size_t lines = p->lines;
  size_t growth = lines * GROWTH <= MOST_LINES ? GROWTH : MOST_LINES / lines;
  slot *larger = lines_of(lines * growth);
  if (!larger) return;
  p->slots = larger;
  p->lines = lines * growth;
  p->used = 0;
  for (size_t i = 0; i < lines * 2; i++) {
    const slot *s = &old[i];
    if (s->high) put(p, s->high >> 56 == 0xFF ? s->low : short_hash(p, s->low, s->high), s);
  }
  free(old);
}

void gbx_pieces_add(gbx_pieces *p, const uint8_t *piece, size_t length, const int32_t *tokens, size_t number) {
  if (length == 0 || length > GBX_LONGEST_PIECE || number > GBX_LONGEST_PIECE) return;
  if (p->used > p->lines && p->lines < MOST_LINES) grow(p);
  if (p->arena_used + 2048 > MOST_ARENA) {
    // Everything is forgotten: what is in use comes back soon.
    memset(p->slots, 0, p->lines * 64);
    p->used = p->arena_used = 0;
  }
  slot s = {0};
  uint64_t hash;
  if (length <= SHORT) {
    key_of(piece, length, false, &s.low, &s.high);
    hash = short_hash(p, s.low, s.high);
  } else {
    hash = s.low = long_hash(p, piece, length);
    int64_t at = keep(p, piece, length);
    if (at < 0) return;
    s.high = 0xFFull << 56 | (uint64_t)length << 32 | (uint64_t)at;
  }
  if (number <= 4) {
    memcpy(s.tokens, tokens, number * 4);
    s.tokens[0] |= (uint32_t)number << 24;
  } else {
    int64_t at = keep(p, tokens, number * 4);
    if (at < 0) return;
    s.tokens[0] = IN_ARENA << 24;
    s.tokens[1] = (uint32_t)at;
    s.tokens[2] = (uint32_t)number;
  }
  put(p, hash, &s);
}
