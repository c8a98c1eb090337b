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
      uint32_t token = unit >> 36 & TOKEN;
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
  for (size_t a = 0, b = number; a + 1 < b; a++) {
    b--;
    gbx_unigram_token token = tokens[a];
    tokens[a] = tokens[b];
    tokens[b] = token;
  }
  return number;
}

size_t gbx_unigram_double(
  const gbx_unigram *model, const uint8_t *text, size_t count, double *sum, gbx_unigram_token *tokens) {
  return best(model, text, count, sum, tokens, false, NULL);
}

size_t gbx_unigram_single(
  const gbx_unigram *model, const uint8_t *text, size_t count, double *sum, gbx_unigram_token *tokens, double *gap) {
  *gap = INFINITY;
  return best(model, text, count, sum, tokens, true, gap);
}
