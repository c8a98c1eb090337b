#include "include/gbx_unigram.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define IN_USE (1ull << 63)
#define CHECK (IN_USE | 0xFF)
#define PLACE ((1ull << 28) - 1)
#define TOKEN ((1u << 23) - 1)

static inline uint64_t bits_of(double value) {
  uint64_t bits;
  memcpy(&bits, &value, 8);
  return bits;
}

static inline uint32_t token_of(uint64_t unit) { return unit >> 36 & TOKEN; }

static inline void reverse(gbx_unigram_token *tokens, size_t number) {
  for (size_t a = 0, b = number; a + 1 < b; a++) {
    b--;
    gbx_unigram_token token = tokens[a];
    tokens[a] = tokens[b];
    tokens[b] = token;
  }
}

// MARK: - Words of ASCII

#define MARK 3
#define NEAR 4

/// The child of a node, 0 where there is none; it has none of its own, as the first units are never in use.
static inline uint64_t step(const uint64_t *units, uint64_t unit, uint8_t byte) {
  uint64_t child = units[(unit >> 8 & PLACE) ^ byte];
  return (child & CHECK) == (IN_USE | byte) ? child : 0;
}

#define MOST_FAR 256

/// Tokens of more than four bytes, or with the mark: for each place those that end there, the last one found first.
typedef struct {
  size_t count;
  uint16_t last[GBX_UNIGRAM_LONGEST + 8];
  struct {
    /// -1: the mark.
    int16_t start;
    /// 0: no more.
    uint16_t next;
    uint32_t token;
  } tokens[MOST_FAR + 1];
} far_tokens;

static inline bool add(far_tokens *far, size_t end, int start, uint32_t token) {
  if (far->count == MOST_FAR) return false;
  size_t place = ++far->count;
  far->tokens[place].start = (int16_t)start;
  far->tokens[place].next = far->last[end];
  far->tokens[place].token = token;
  far->last[end] = (uint16_t)place;
  return true;
}

#define larger(a, b) ((b) > (a) ? (b) : (a))
#define smaller(a, b) ((b) < (a) ? (b) : (a))

#define NAME ascii
#define FAR far_double
#define REAL double
#define STARTS gbx_unigram_starts
#include "unigram_ascii.inc.h"
#undef NAME
#undef FAR
#undef REAL
#undef STARTS

#define NAME single_ascii
#define FAR far_single
#define REAL float
#define STARTS gbx_unigram_single_starts
#include "unigram_ascii.inc.h"

#define PREPARE(starts, real) \
  do { \
    real unknown = (real)model->unknown_score; \
    uint32_t mark = token_of(model->mark); \
    starts->mark = mark ? starts->scores[mark] : unknown; \
    for (int a = 0; a < 128; a++) { \
      uint64_t one = step(model->units, model->root << 8, (uint8_t)a); \
      starts->ones[a] = token_of(one) ? starts->scores[token_of(one)] : unknown; \
      for (int b = 0; b < 128; b++) { \
        uint64_t two = one ? step(model->units, one, (uint8_t)b) : 0; \
        starts->twos[a << 7 | b].score = starts->scores[token_of(two)]; \
        starts->twos[a << 7 | b].children = (uint32_t)(two >> 8 & PLACE); \
      } \
    } \
  } while (0)

void gbx_unigram_prepare(gbx_unigram *model) {
  uint64_t mark = model->root << 8;
  mark = step(model->units, mark, 0xE2);
  mark = step(model->units, mark, 0x96);
  model->mark = step(model->units, mark, 0x81);
  if (model->ascii) PREPARE(model->ascii, double);
  if (model->single_ascii) PREPARE(model->single_ascii, float);
}

// MARK: - All words

typedef double pair __attribute__((vector_size(16)));
typedef int64_t mask __attribute__((vector_size(16)));

/// The best ways to the places of a text: their sums, beside them as bits their last token plus one above that token's
/// start, and how far they are ahead of the next best.
typedef struct {
  pair ways[GBX_UNIGRAM_LONGEST + 1];
  double others[GBX_UNIGRAM_LONGEST + 1];
} ways;

/// Of equal ways the first stays. Which is better cannot be guessed, so there are no branches.
static inline __attribute__((always_inline)) void offer(
  ways *w, size_t place, double sum, uint64_t link, bool asks_gap) {
  pair known = w->ways[place];
  if (asks_gap) {
    double ahead = sum - known[0];
    double behind = -ahead < w->others[place] ? -ahead : w->others[place];
    w->others[place] = ahead > behind ? ahead : behind;
  }
  mask is_better = (pair){sum, sum} > (pair){known[0], known[0]};
  mask offered = {(int64_t)bits_of(sum), (int64_t)link};
  w->ways[place] = (pair)((offered & is_better) | ((mask)known & ~is_better));
}

static inline __attribute__((always_inline)) size_t best(
  const gbx_unigram *model, const uint8_t *text, size_t count, double *total, gbx_unigram_token *tokens,
  bool is_single, double *gap) {
  ways w;
  for (size_t i = 0; i <= count; i++) w.ways[i] = (pair){-INFINITY, 0};
  if (is_single) {
    for (size_t i = 0; i <= count; i++) w.others[i] = INFINITY;
  }
  w.ways[0][0] = *total;
  const uint64_t *units = model->units;
  const double *scores = model->scores;
  for (size_t i = 0; i < count;) {
    uint8_t lead = text[i];
    size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length > count - i) length = count - i;
    if (is_single && __builtin_expect(fabs(w.ways[i][0]) > GBX_UNIGRAM_MOST, 0)) {
      double offset = w.ways[i][0];
      for (size_t j = i; j <= count; j++) w.ways[j][0] = (float)(w.ways[j][0] - offset);
    }
    double here = w.ways[i][0];
    uint64_t children = model->root;
    uint32_t whole = 0;
    for (size_t j = i; j < count;) {
      uint64_t unit = units[children ^ text[j]];
      if ((unit & CHECK) != (IN_USE | text[j])) break;
      j++;
      children = unit >> 8 & PLACE;
      // Where no token ends its score is minus infinity.
      uint32_t token = token_of(unit);
      whole = j - i == length ? token : whole;
      double sum = here + scores[token];
      if (is_single) sum = (float)sum;
      offer(&w, j, sum, (uint64_t)token << 32 | i, is_single);
    }
    if (!whole) {
      double sum = here + model->unknown_score;
      if (is_single) sum = (float)sum;
      offer(&w, i + length, sum, i, is_single);
    }
    i += length;
  }
  *total = w.ways[count][0];
  size_t number = 0;
  for (size_t at = count; at > 0; number++) {
    if (is_single && w.others[at] < *gap) *gap = w.others[at];
    uint64_t link = bits_of(w.ways[at][1]);
    uint32_t token = (uint32_t)(link >> 32);
    tokens[number].id = token ? (int32_t)token - 1 : model->unknown;
    tokens[number].end = (uint32_t)at;
    at = (uint32_t)link;
  }
  reverse(tokens, number);
  return number;
}

size_t gbx_unigram_double(
  const gbx_unigram *model, const uint8_t *text, size_t count, double *sum, gbx_unigram_token *tokens) {
  size_t number = model->ascii ? ascii(model, text, count, sum, tokens, false, NULL) : 0;
  return number ? number : best(model, text, count, sum, tokens, false, NULL);
}

size_t gbx_unigram_single(
  const gbx_unigram *model, const uint8_t *text, size_t count, double *sum, gbx_unigram_token *tokens, double *gap) {
  *gap = INFINITY;
  if (model->single_ascii && fabs(*sum) + model->worst * (double)count < GBX_UNIGRAM_MOST) {
    size_t number = single_ascii(model, text, count, sum, tokens, true, gap);
    if (number) return number;
  }
  return best(model, text, count, sum, tokens, true, gap);
}
