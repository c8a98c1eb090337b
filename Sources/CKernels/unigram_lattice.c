#include "include/gbx_unigram.h"
#include <math.h>
#include <stdbool.h>

#define IN_USE (1ull << 63)
#define CHECK (IN_USE | 0xFF)
#define PLACE ((1ull << 28) - 1)
#define TOKEN ((1u << 23) - 1)

/// The best ways to the places of a text: their sums, how far they are ahead of the next best, and their last token plus
/// one above that token's start. The second rows are for what is not better, and nobody looks there.
typedef struct {
  double sums[2][GBX_UNIGRAM_LONGEST + 1];
  double others[GBX_UNIGRAM_LONGEST + 1];
  uint64_t links[2][GBX_UNIGRAM_LONGEST + 1];
} ways;

/// Of equal ways the first stays. Which is better cannot be guessed, so there are no branches.
static inline __attribute__((always_inline)) void offer(
  ways *w, size_t place, double sum, uint64_t link, bool asks_gap) {
  double known = w->sums[0][place];
  int is_worse = !(sum > known);
  if (asks_gap) {
    double ahead = sum - known;
    double behind = -ahead < w->others[place] ? -ahead : w->others[place];
    w->others[place] = ahead > behind ? ahead : behind;
  }
  w->sums[is_worse][place] = sum;
  w->links[is_worse][place] = link;
}

static inline __attribute__((always_inline)) size_t best(
  const gbx_unigram *model, const uint8_t *text, size_t count, double *total, gbx_unigram_token *tokens,
  bool is_single, double *gap) {
  ways w;
  for (size_t i = 0; i <= count; i++) w.sums[0][i] = -INFINITY;
  if (is_single) {
    for (size_t i = 0; i <= count; i++) w.others[i] = INFINITY;
  }
  w.sums[0][0] = *total;
  const uint64_t *units = model->units;
  const double *scores = model->scores;
  for (size_t i = 0; i < count;) {
    uint8_t lead = text[i];
    size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length > count - i) length = count - i;
    if (is_single && __builtin_expect(fabs(w.sums[0][i]) > GBX_UNIGRAM_MOST, 0)) {
      double offset = w.sums[0][i];
      for (size_t j = i; j <= count; j++) w.sums[0][j] = (float)(w.sums[0][j] - offset);
    }
    double here = w.sums[0][i];
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
  *total = w.sums[0][count];
  size_t number = 0;
  for (size_t at = count; at > 0; number++) {
    if (is_single && w.others[at] < *gap) *gap = w.others[at];
    uint32_t token = (uint32_t)(w.links[0][at] >> 32);
    tokens[number].id = token ? (int32_t)token - 1 : model->unknown;
    tokens[number].end = (uint32_t)at;
    at = (uint32_t)w.links[0][at];
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
