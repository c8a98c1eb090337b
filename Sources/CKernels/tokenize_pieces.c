#include "tokenize_pieces.inc.h"
#include <stdlib.h>

typedef struct {
  uint64_t key;
  const small_slot *line;
  uint32_t index;
} small_query;

typedef struct {
  uint64_t key[3];
  const large_slot *line;
  uint32_t index, start;
} large_query;

/// Slots of a batch's own, which stay in the nearest cache.
#define RECENT_BITS 10

/// A piece that is to be kept.
typedef struct {
  const uint8_t *piece;
  value tokens;
  uint32_t length;
} answer;

struct gbx_piece_batch {
  gbx_pieces *pieces;
  /// What is being looked in.
  store *store;
  size_t number, unknown_count;
  value values[GBX_PIECE_BATCH];
  uint16_t unknown[GBX_PIECE_BATCH];
  /// Pieces that are not in `recent`: start above, place among the pieces below.
  uint64_t others[GBX_PIECE_BATCH];
  small_query small[GBX_PIECE_BATCH];
  large_query large[GBX_PIECE_BATCH];
  /// Small pieces that were met lately, by hash.
  small_slot recent[1 << RECENT_BITS];
  answer answers[GBX_PIECE_BATCH];
  size_t answer_count;
  /// Tokens of unknown pieces that values have no room for.
  uint32_t *beside;
  size_t beside_used, beside_size;
};

gbx_pieces *gbx_pieces_create(uint64_t seed, unsigned share) {
  gbx_pieces *p = calloc(1, sizeof *p);
  if (!p) return NULL;
  p->share = share < 8 ? share : 8;
  p->seeds.seed[0] = fold(seed ^ 0xA0761D6478BD642F, 0xE7037ED1A0B428DB);
  p->seeds.seed[1] = fold(seed ^ 0x8EBC6AF09C88C6E3, 0x589965CC75374CC3) | 1;
  if (pthread_mutex_init(&p->lock, NULL)) {
    free(p);
    return NULL;
  }
  return p;
}

void gbx_pieces_destroy(gbx_pieces *p) {
  if (!p) return;
  gbx_store_release(p->store);
  pthread_mutex_destroy(&p->lock);
  free(p);
}

gbx_piece_batch *gbx_piece_batch_create(gbx_pieces *pieces) {
  gbx_piece_batch *b = calloc(1, sizeof *b);
  if (b) b->pieces = pieces;
  return b;
}

void gbx_piece_batch_destroy(gbx_piece_batch *b) {
  if (!b) return;
  pthread_mutex_lock(&b->pieces->lock);
  gbx_store_release(b->store);
  pthread_mutex_unlock(&b->pieces->lock);
  free(b->beside);
  free(b);
}

/// Turns to the present store.
static void follow(gbx_piece_batch *b) {
  gbx_pieces *p = b->pieces;
  pthread_mutex_lock(&p->lock);
  gbx_store_release(b->store);
  b->store = p->store;
  if (b->store) b->store->owners++;
  pthread_mutex_unlock(&p->lock);
  // Their tokens may lie in an arena that is gone.
  memset(b->recent, 0, sizeof b->recent);
}

// MARK: - Finding

static inline void miss(gbx_piece_batch *b, uint32_t index) { b->unknown[b->unknown_count++] = (uint16_t)index; }

/// The key of a piece of up to 7 bytes; of a longer one something that is no such key.
static inline uint64_t short_key(uint64_t word, uint32_t length) {
  uint32_t most = length < 8 ? length : 8;
  return (word & ones[most]) | (uint64_t)most << 56;
}

static inline small_slot *recent_of(gbx_piece_batch *b, uint64_t key) {
  return &b->recent[key * 0x9E3779B97F4A7C15 >> (64 - RECENT_BITS)];
}

/// Up to 8 bytes of text.
static inline uint64_t load_some(const uint8_t *text, size_t count) {
  uint64_t word = 0;
  memcpy(&word, text, count < 8 ? count : 8);
  return word;
}

/// Takes pieces that were met a moment ago from the batch's own slots, and collects the others. Most are there, but which
/// ones cannot be foreseen, so that is no branch.
/// - Returns: how many others there are.
static inline __attribute__((always_inline)) size_t recall(
  gbx_piece_batch *b, const uint8_t *text, size_t count, size_t start, const uint32_t *ends, size_t number,
  bool is_readable) {
  size_t others = 0;
  uint32_t from = (uint32_t)start;
  for (size_t i = 0; i < number; i++) {
    uint64_t word = is_readable ? load(text + from) : load_some(text + from, count - from);
    uint64_t key = short_key(word, ends[i] - from);
    const small_slot *recent = recent_of(b, key);
    b->values[i] = recent->tokens;
    b->others[others] = (uint64_t)from << 32 | i;
    others += recent->key != key;
    from = ends[i];
  }
  return others;
}

/// Asks memory for the slots of the pieces that are left.
static void prefetch(
  gbx_piece_batch *b, const uint8_t *text, size_t count, const uint32_t *ends, size_t others, size_t *small,
  size_t *large) {
  const store *s = b->store;
  const seeds *seeds = &b->pieces->seeds;
  size_t small_number = 0, large_number = 0;
  for (size_t i = 0; i < others; i++) {
    uint32_t index = (uint32_t)b->others[i], start = (uint32_t)(b->others[i] >> 32);
    size_t length = ends[index] - start;
    if (length <= SMALL) {
      small_query *q = &b->small[small_number++];
      q->key = small_key(start + 8 <= count ? load(text + start) : load_some(text + start, length), length);
      q->line = s->small + SMALL_LINE * (small_hash(seeds, q->key) & s->small_mask);
      q->index = index;
      __builtin_prefetch(q->line);
    } else if (length <= GBX_LONGEST_PIECE) {
      large_query *q = &b->large[large_number++];
      large_key(seeds, text + start, length, q->key);
      q->line = s->large + LARGE_LINE * (large_hash(seeds, q->key) & s->large_mask);
      q->index = index;
      q->start = start;
      __builtin_prefetch(q->line);
    } else {
      miss(b, index);
    }
  }
  *small = small_number;
  *large = large_number;
}

/// Goes on in the lines after a piece's home, which is full.
/// - Returns: NULL where the piece is unknown.
static const small_slot *search_small(const store *s, const small_slot *line, uint64_t key) {
  size_t at = (size_t)(line - s->small) / SMALL_LINE;
  while (seen(&line[SMALL_LINE - 1].key)) {
    at = (at + 1) & s->small_mask;
    line = s->small + at * SMALL_LINE;
    for (int i = 0; i < SMALL_LINE; i++) {
      if (seen(&line[i].key) == key) return line + i;
    }
  }
  return NULL;
}

static const large_slot *search_large(
  const store *s, const large_slot *line, const uint64_t key[3], const uint8_t *piece) {
  size_t at = (size_t)(line - s->large) / LARGE_LINE;
  while (seen(&line[LARGE_LINE - 1].key[2])) {
    at = (at + 1) & s->large_mask;
    line = s->large + at * LARGE_LINE;
    for (int i = 0; i < LARGE_LINE; i++) {
      if (is_large(s, line + i, key, piece)) return line + i;
    }
  }
  return NULL;
}

/// Keeps the tokens of a piece, and asks memory for those that lie in the arena.
static inline void take(gbx_piece_batch *b, uint32_t index, value tokens) {
  b->values[index] = tokens;
  __builtin_prefetch(b->store->arena->bytes + (tokens >> 62 ? 0 : (uint32_t)tokens));
}

size_t gbx_pieces_ask(
  gbx_piece_batch *b, const uint8_t *text, size_t count, size_t start, const uint32_t *ends, size_t number) {
  if (__builtin_expect(__atomic_load_n(&b->pieces->store, __ATOMIC_RELAXED) != b->store, 0)) follow(b);
  b->number = number;
  b->unknown_count = 0;
  b->answer_count = 0;
  b->beside_used = 0;
  if (!b->store) {
    for (size_t i = 0; i < number; i++) miss(b, (uint32_t)i);
    return number;
  }
  size_t small_number, large_number;
  bool is_readable = number > 0 && ends[number - 1] + 8 <= count;
  size_t others = is_readable ? recall(b, text, count, start, ends, number, true)
                              : recall(b, text, count, start, ends, number, false);
  prefetch(b, text, count, ends, others, &small_number, &large_number);
  for (size_t i = 0; i < small_number; i++) {
    const small_query *q = &b->small[i];
    const small_slot *line = q->line;
    // Which of the four it is cannot be guessed, so that is no branch.
    size_t second = seen(&line[1].key) == q->key, third = seen(&line[2].key) == q->key;
    const small_slot *slot = line + second + 2 * third + 3 * (seen(&line[3].key) == q->key);
    if (__builtin_expect(seen(&slot->key) != q->key, 0)) {
      slot = search_small(b->store, line, q->key);
      if (!slot) {
        miss(b, q->index);
        continue;
      }
    }
    take(b, q->index, slot->tokens);
    *recent_of(b, q->key) = *slot;
  }
  for (size_t i = 0; i < large_number; i++) {
    const large_query *q = &b->large[i];
    const uint8_t *piece = text + q->start;
    const large_slot *slot = q->line;
    if (!is_large(b->store, slot, q->key, piece) && !is_large(b->store, ++slot, q->key, piece)) {
      slot = search_large(b->store, q->line, q->key, piece);
      if (!slot) {
        miss(b, q->index);
        continue;
      }
    }
    take(b, q->index, slot->tokens);
  }
  return b->unknown_count;
}

const uint16_t *gbx_pieces_unknown(const gbx_piece_batch *b) { return b->unknown; }

/// Where tokens lie for which a value has no room.
static inline const uint32_t *elsewhere(const gbx_piece_batch *b, value v) {
  if (v & BESIDE) return b->beside + (uint32_t)v;
  return (const uint32_t *)(b->store->arena->bytes + (uint32_t)v);
}

void gbx_pieces_write(const gbx_piece_batch *b, int32_t **output) {
  uint32_t *out = (uint32_t *)*output;
  for (size_t i = 0; i < b->number; i++) {
    value v = b->values[i];
    uint32_t tokens = (uint32_t)(v >> 62);
    if (__builtin_expect(tokens == 0, 0)) {
      tokens = (uint32_t)(v >> 32) & 0xFFFFFF;
      // Four at a time: there is room, and what is read lies within the arena or beside the values.
      const uint32_t *from = tokens ? elsewhere(b, v) : NULL;
      for (uint32_t j = 0; j < tokens; j += 4) memcpy(out + j, from + j, 16);
    } else {
      out[0] = (uint32_t)v & TOKEN_MASK;
      out[1] = (uint32_t)(v >> TOKEN_BITS) & TOKEN_MASK;
      out[2] = (uint32_t)(v >> 2 * TOKEN_BITS) & TOKEN_MASK;
    }
    out += tokens;
  }
  *output = (int32_t *)out;
}

// MARK: - Answering

/// - Returns: 0 where the tokens do not fit.
static value direct_value(const int32_t *tokens, size_t number) {
  if (number == 0 || number > MOST_TOKENS) return 0;
  value v = (value)number << 62;
  for (size_t i = 0; i < number; i++) {
    if ((uint32_t)tokens[i] > TOKEN_MASK) return 0;
    v |= (value)tokens[i] << TOKEN_BITS * i;
  }
  return v;
}

/// Puts tokens beside the values. Without memory for them there are none, as nowhere else in a process without memory.
static value put_beside(gbx_piece_batch *b, const int32_t *tokens, size_t number) {
  if (number == 0) return 0;
  // Tokens are copied four at a time.
  if (b->beside_used + number + 4 > b->beside_size) {
    size_t size = b->beside_size ? b->beside_size : 1 << 10;
    while (size < b->beside_used + number + 4) size *= 2;
    uint32_t *larger = realloc(b->beside, size * 4);
    if (!larger) return 0;
    b->beside = larger;
    b->beside_size = size;
  }
  memcpy(b->beside + b->beside_used, tokens, number * 4);
  value v = BESIDE | (value)number << 32 | b->beside_used;
  b->beside_used += number;
  return v;
}

void gbx_pieces_answer(
  gbx_piece_batch *b, size_t index, const uint8_t *piece, size_t length, const int32_t *tokens, size_t number) {
  value direct = direct_value(tokens, number);
  value v = direct ? direct : put_beside(b, tokens, number);
  b->values[index] = v;
  if (length == 0 || length > GBX_LONGEST_PIECE || number > GBX_LONGEST_PIECE || (number && !v)) return;
  if (b->answer_count < GBX_PIECE_BATCH) b->answers[b->answer_count++] = (answer){piece, v, (uint32_t)length};
}

/// Takes the lock if it can be had at once, or soon: others hold it for a few pieces, or while a table grows.
static bool try_lock(pthread_mutex_t *lock) {
  for (int i = 0; i < 1000; i++) {
    if (!pthread_mutex_trylock(lock)) return true;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
  }
  return false;
}

void gbx_pieces_keep(gbx_piece_batch *b) {
  if (!b->answer_count) return;
  // Working pieces out again is cheaper than to sleep until another thread is done.
  if (!try_lock(&b->pieces->lock)) {
    b->answer_count = 0;
    return;
  }
  for (size_t i = 0; i < b->answer_count; i++) {
    const answer *a = &b->answers[i];
    bool is_beside = !(a->tokens >> 62) && a->tokens;
    const int32_t *tokens = is_beside ? (const int32_t *)(b->beside + (uint32_t)a->tokens) : NULL;
    size_t number = is_beside ? a->tokens >> 32 & 0xFFFFFF : 0;
    gbx_store_add(b->pieces, a->piece, a->length, tokens, number, is_beside ? 0 : a->tokens);
  }
  pthread_mutex_unlock(&b->pieces->lock);
  b->answer_count = 0;
}
