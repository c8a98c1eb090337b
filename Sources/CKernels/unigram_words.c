#define _DEFAULT_SOURCE
#include "include/gbx_unigram.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

/// Words of eight bytes.
#define KEY ((GBX_UNIGRAM_WORD + 1) / 8)

/// Two cache lines.
typedef struct {
  /// The word's bytes, its length in the last one; all zero: free.
  uint64_t key[KEY];
  /// The additions of a token above its id; 0: no more.
  uint32_t tokens[GBX_UNIGRAM_WORD_TOKENS];
  gbx_unigram_validity validity;
} slot;

#define FEWEST_SLOTS ((size_t)1 << 10)
#define MOST_SLOTS ((size_t)1 << 16)
#define ID_BITS 22
#define ADDED_BITS ((size_t)1 << 18)

struct gbx_unigram_words {
  /// In pairs: a word is in one of two.
  slot *slots;
  size_t size, used;
  uint64_t seed;
  /// By hash, whether a word was ever added: few are, of those that are asked for.
  uint64_t added[ADDED_BITS / 64];
};

/// Without `has_tail`, GBX_UNIGRAM_WORD + 1 bytes may be read.
static inline void key_of(const uint8_t *word, size_t length, bool has_tail, uint64_t key[KEY]) {
  uint8_t copy[8 * KEY] = {0};
  if (__builtin_expect(has_tail, 0)) {
    memcpy(copy, word, length);
    word = copy;
  }
  memcpy(key, word, 8 * KEY);
  // Bytes beyond the end do not count.
  size_t words = length / 8;
  uint64_t part = (1ull << 8 * (length & 7)) - 1;
  for (size_t i = 0; i < KEY; i++) key[i] &= i < words ? ~0ull : i == words ? part : 0;
  key[KEY - 1] |= (uint64_t)length << 56;
}

static inline uint64_t fold(uint64_t a, uint64_t b) {
  __uint128_t product = (__uint128_t)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline size_t place(const gbx_unigram_words *w, const uint64_t key[KEY]) {
  uint64_t hash = w->seed;
  for (size_t i = 0; i < KEY; i += 2) hash = fold(key[i] ^ hash, key[i + 1] ^ 0xE7037ED1A0B428DB);
  return hash & (w->size - 1);
}

static inline bool is_same(const slot *s, const uint64_t key[KEY]) { return memcmp(s->key, key, sizeof s->key) == 0; }

/// Free slots. Large tables ask for large pages: looking up a word is one access to memory.
static slot *slots_of(size_t size) {
  const size_t page = (size_t)2 << 20;
  size_t bytes = size * sizeof(slot);
  slot *slots = aligned_alloc(bytes >= page ? page : 64, bytes);
  if (!slots) return NULL;
#if defined(__linux__)
  if (bytes >= page) madvise(slots, bytes, MADV_HUGEPAGE);
#endif
  return memset(slots, 0, bytes);
}

gbx_unigram_words *gbx_unigram_words_create(uint64_t seed) {
  gbx_unigram_words *w = calloc(1, sizeof *w);
  if (!w) return NULL;
  w->seed = seed ^ 0xA0761D6478BD642F;
  w->size = FEWEST_SLOTS;
  w->slots = slots_of(w->size);
  if (w->slots) return w;
  free(w);
  return NULL;
}

void gbx_unigram_words_destroy(gbx_unigram_words *w) {
  if (!w) return;
  free(w->slots);
  free(w);
}

static inline uint32_t bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return bits;
}

static inline float value_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

static inline uint32_t binade(float sum, float margin) {
  uint32_t bits = bits_of(-sum);
  // Of positive sums too large.
  uint32_t number = (bits >> 23) - 127 - GBX_UNIGRAM_FIRST_BINADE;
  if (number >= GBX_UNIGRAM_BINADES) return 0;
  float first = value_of(bits & 0xFF800000);
  if (!(-sum - margin >= first) || !(-sum + margin < 2 * first)) return 0;
  return 1u << (2 * number + (bits & 1));
}

uint32_t gbx_unigram_binade(float sum, float margin) { return binade(sum, margin); }

static inline bool is_valid(const gbx_unigram_validity *validity, float sum) {
  float size = sum < 0 ? -sum : sum;
  if (size + validity->margin > GBX_UNIGRAM_MOST) return false;
  return size < validity->reach || (binade(sum, validity->margin) & validity->binades) != 0;
}

/// Words that are looked for at a time, so that memory answers for all of them at once.
#define BATCH 16

size_t gbx_unigram_words_find(
  gbx_unigram_words *w, const gbx_unigram *model, const uint8_t *text, size_t count, size_t start,
  const uint32_t *ends, size_t number, float *sum, int32_t **output) {
  uint64_t keys[BATCH][KEY];
  const slot *slots[BATCH];
  const double *scores = model->scores + 1;
  float total = *sum;
  int32_t *out = *output;
  size_t found = 0;
  while (found < number) {
    size_t asked = 0;
    for (; asked < BATCH && found + asked < number; asked++) {
      size_t end = ends[found + asked];
      if (end - start > GBX_UNIGRAM_WORD) break;
      key_of(text + start, end - start, start + 8 * KEY > count, keys[asked]);
      slots[asked] = w->slots + place(w, keys[asked]);
      __builtin_prefetch(slots[asked]);
      start = end;
    }
    for (size_t i = 0; i < asked; i++) {
      if (total > GBX_UNIGRAM_MOST || total < -GBX_UNIGRAM_MOST) total = 0;
      const slot *s = slots[i];
      if (!is_same(s, keys[i])) s = w->slots + ((size_t)(s - w->slots) ^ 1);
      if (!is_same(s, keys[i]) || !is_valid(&s->validity, total)) {
        asked = i;
        break;
      }
      for (size_t k = 0; k < GBX_UNIGRAM_WORD_TOKENS && s->tokens[k]; k++) {
        int32_t id = s->tokens[k] & ((1u << ID_BITS) - 1);
        uint32_t additions = s->tokens[k] >> ID_BITS;
        *out++ = id;
        if (__builtin_expect(id != model->unknown, 1)) {
          total = (float)(total + scores[id]);
        } else {
          for (; additions > 0; additions--) total += (float)model->unknown_score;
        }
      }
      found++;
    }
    if (asked < BATCH) break;
  }
  *sum = total;
  *output = out;
  return found;
}

static inline uint64_t load(const uint8_t *bytes, size_t count) {
  uint64_t word = 0;
  memcpy(&word, bytes, count);
  return word;
}

/// The bit of `added` that a word of at least one byte has.
static inline size_t added_bit(const gbx_unigram_words *w, const uint8_t *word, size_t length) {
  uint64_t first, last;
  if (length >= 8) {
    first = load(word, 8);
    last = load(word + length - 8, 8);
  } else if (length >= 4) {
    first = load(word, 4);
    last = load(word + length - 4, 4);
  } else {
    first = word[0];
    last = word[length / 2] | (uint64_t)word[length - 1] << 8;
  }
  return fold(first ^ w->seed, last ^ length ^ 0xE7037ED1A0B428DB) & (ADDED_BITS - 1);
}

bool gbx_unigram_words_has(const gbx_unigram_words *w, const uint8_t *word, size_t length) {
  if (length == 0 || length > GBX_UNIGRAM_WORD) return false;
  size_t bit = added_bit(w, word, length);
  if (!(w->added[bit / 64] >> (bit & 63) & 1)) return false;
  uint64_t key[KEY];
  key_of(word, length, true, key);
  size_t at = place(w, key);
  return is_same(w->slots + at, key) || is_same(w->slots + (at ^ 1), key);
}

static void put(gbx_unigram_words *w, const slot *s) {
  slot *first = w->slots + place(w, s->key);
  slot *second = w->slots + ((size_t)(first - w->slots) ^ 1);
  // The newest one is found first; the older one is forgotten.
  if (first->key[KEY - 1] == 0) {
    w->used++;
  } else {
    if (second->key[KEY - 1] == 0) w->used++;
    *second = *first;
  }
  *first = *s;
}

static void grow(gbx_unigram_words *w) {
  slot *old = w->slots;
  size_t size = w->size;
  slot *larger = slots_of(size * 4 < MOST_SLOTS ? size * 4 : MOST_SLOTS);
  if (!larger) return;
  w->slots = larger;
  w->size = size * 4 < MOST_SLOTS ? size * 4 : MOST_SLOTS;
  w->used = 0;
  for (size_t i = 0; i < size; i++) {
    if (old[i].key[KEY - 1]) put(w, &old[i]);
  }
  free(old);
}

void gbx_unigram_words_add(
  gbx_unigram_words *w, const uint8_t *word, size_t length, const uint32_t *tokens, size_t number,
  gbx_unigram_validity validity) {
  if (length == 0 || length > GBX_UNIGRAM_WORD || number > GBX_UNIGRAM_WORD_TOKENS) return;
  slot s = {.validity = validity};
  key_of(word, length, true, s.key);
  memcpy(s.tokens, tokens, number * sizeof *tokens);
  size_t bit = added_bit(w, word, length);
  w->added[bit / 64] |= 1ull << (bit & 63);
  slot *known = w->slots + place(w, s.key);
  if (!is_same(known, s.key)) known = w->slots + ((size_t)(known - w->slots) ^ 1);
  if (is_same(known, s.key)) {
    if (memcmp(known->tokens, s.tokens, sizeof s.tokens) == 0) {
      known->validity.binades |= validity.binades;
      if (validity.reach > known->validity.reach) known->validity.reach = validity.reach;
    } else {
      *known = s;
    }
    return;
  }
  if (w->used > w->size / 2 && w->size < MOST_SLOTS) grow(w);
  put(w, &s);
}

size_t gbx_unigram_take(
  const float *weights, float unknown_score, int32_t unknown, const int32_t *codes, size_t count, float *sum,
  int32_t **output) {
  float total = *sum;
  int32_t *out = *output;
  size_t i = 0;
  for (; i < count; i++) {
    int32_t code = codes[i];
    if (__builtin_expect(code < GBX_UNIGRAM_CODES, 1)) {
      *out++ = code;
      total += weights[code];
      continue;
    }
    if (code & GBX_UNIGRAM_LATER) break;
    if (!(code & GBX_UNIGRAM_SILENT)) *out++ = unknown;
    for (int32_t n = code & (GBX_UNIGRAM_SILENT - 1); n > 0; n--) total += unknown_score;
  }
  *sum = total;
  *output = out;
  return i;
}
