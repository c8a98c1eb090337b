// The best way through a word of ASCII behind a mark (U+2581), once for each precision: REAL, and STARTS, what a model
// knows of the first bytes of tokens in it.
//
// Most words are such. How far the trie goes along with a text cannot be guessed, so from each place it is asked for
// four bytes, whatever it says, and only what goes on from there is a branch. The best sums of the next four places stay
// in registers. Which token led to a place is not written down but found again from its sum, for the few places that
// the best way goes through.

/// Takes tokens that go on from a node behind `at`, beyond which `sum` is before them.
/// - start: where they begin.
/// - Returns: false where there are too many.
static __attribute__((noinline)) bool FAR(
  const uint64_t *units, uint64_t unit, const REAL *scores, const uint8_t *word, size_t n, size_t at, int start, REAL sum,
  REAL *best, far_tokens *far) {
  while (at < n && (unit = step(units, unit, word[at])) != 0) {
    uint32_t token = token_of(unit);
    at++;
    if (!token) continue;
    if (!add(far, at, start, token)) return false;
    best[at] = larger(best[at], sum + scores[token]);
  }
  return true;
}

/// - asks_gap: whether `gap` gets smaller where the best way was ahead of others by less.
/// - Returns: the number of tokens; 0 where it is another kind of word.
static inline __attribute__((always_inline)) size_t NAME(
  const gbx_unigram *model, const uint8_t *text, size_t count, double *total, gbx_unigram_token *tokens,
  bool asks_gap, double *gap) {
  if (count <= MARK || text[0] != 0xE2 || text[1] != 0x96 || text[2] != 0x81) return 0;
  size_t n = count - MARK;
  uint8_t word[GBX_UNIGRAM_LONGEST + 8];
  memcpy(word, text + MARK, n);
  memset(word + n, 0, 8);
  uint64_t bytes = 0;
  for (size_t i = 0; i < n; i += 8) {
    uint64_t eight;
    memcpy(&eight, word + i, 8);
    bytes |= eight;
  }
  if (bytes & 0x8080808080808080) return 0;

  const uint64_t *units = model->units;
  const STARTS *starts = model->NAME;
  const REAL *scores = starts->scores;
  const REAL start = (REAL)*total;
  REAL best[GBX_UNIGRAM_LONGEST + 16];
  /// By place and length, less one; the first places are before the word.
  REAL ways[GBX_UNIGRAM_LONGEST + NEAR][NEAR];
  far_tokens far;
  far.count = 0;
  for (size_t i = 0; i < n + NEAR + 2; i += 8) {
    for (size_t j = 0; j < 8; j++) best[i + j] = -INFINITY;
    memset(far.last + i, 0, 8 * sizeof *far.last);
  }
  for (size_t i = 0; i < NEAR * NEAR; i++) ways[i / NEAR][i % NEAR] = -INFINITY;

  best[0] = start + starts->mark;
  if (!FAR(units, model->mark, scores, word, n, 0, -1, start, best, &far)) return 0;

  REAL here = best[0], first = best[1], second = best[2], third = best[3], fourth = best[4];
  for (size_t i = 0; i < n; i++) {
    REAL *way = ways[i + NEAR];
    size_t a = word[i], pair = a << 7 | word[i + 1];
    way[0] = here + starts->ones[a];
    way[1] = here + starts->twos[pair].score;
    uint64_t c = step(units, (uint64_t)starts->twos[pair].children << 8, word[i + 2]);
    uint64_t d = step(units, c, word[i + 3]);
    // Where no token ends its score is minus infinity.
    way[2] = here + scores[token_of(c)];
    way[3] = here + scores[token_of(d)];
    best[i] = here;
    if (d && i + NEAR < n && !FAR(units, d, scores, word, n, i + NEAR, (int)i, here, best, &far)) return 0;
    here = larger(first, way[0]);
    first = larger(second, way[1]);
    second = larger(third, way[2]);
    third = larger(fourth, way[3]);
    fourth = best[i + NEAR + 1];
  }
  best[n] = here;
  *total = here;

  gbx_unigram_token found[GBX_UNIGRAM_LONGEST];
  gbx_unigram_token *next = found + GBX_UNIGRAM_LONGEST;
  double least = INFINITY;
  for (int at = (int)n; at > 0;) {
    // Of equal ways the one that begins first stays.
    REAL sum = best[at];
    REAL one = ways[at + NEAR - 1][0], two = ways[at + NEAR - 2][1];
    REAL three = ways[at + NEAR - 3][2], four = ways[at + NEAR - 4][3];
    int length = two == sum ? 2 : 1;
    length = three == sum ? 3 : length;
    length = four == sum ? 4 : length;
    REAL most = larger(larger(one, two), larger(three, four));
    REAL behind =
      larger(smaller(larger(one, two), larger(three, four)), larger(smaller(one, two), smaller(three, four)));
    uint32_t token = 0;
    int from = at - length;
    if (far.last[at]) {
      int nearest = most == sum ? from : at;
      behind = most == sum ? behind : most;
      from = nearest;
      for (uint32_t f = far.last[at]; f; f = far.tokens[f].next) {
        int begin = far.tokens[f].start;
        REAL way = (begin < 0 ? start : best[begin]) + scores[far.tokens[f].token];
        if (way == sum) {
          if (from < at) behind = sum;
          // They come with the last one first.
          from = begin;
          token = far.tokens[f].token;
        } else {
          behind = larger(behind, way);
        }
      }
    }
    if (!token) {
      uint64_t unit = model->root << 8;
      for (int i = from; i < at; i++) unit = step(units, unit, word[i]);
      token = token_of(unit);
    }
    if (asks_gap) {
      double ahead = (double)sum - behind;
      least = smaller(least, ahead);
    }
    next--;
    next->id = token ? (int32_t)token - 1 : model->unknown;
    next->end = (uint32_t)at + MARK;
    at = from;
    if (at == 0) {
      next--;
      next->id = token_of(model->mark) ? (int32_t)token_of(model->mark) - 1 : model->unknown;
      next->end = MARK;
    }
  }
  if (asks_gap) *gap = smaller(*gap, least);
  size_t number = (size_t)(found + GBX_UNIGRAM_LONGEST - next);
  memcpy(tokens, next, number * sizeof *tokens);
  return number;
}
