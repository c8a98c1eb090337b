// The part of the cut for patterns that cut words where a small letter is followed by a capital (GPT-4o's family).

/// Slashes and line ends that follow the first line end after a symbol belong to it.
static inline uint64_t gbx_tails(uint64_t others, uint64_t newline, uint64_t slash) {
  uint64_t tail = newline & others << 1;
  if (!tail) return 0;
  uint64_t run = newline | slash;
  for (int width = 1; width < 64; width *= 2) {
    tail |= run & tail << width;
    run &= run << width;
  }
  return tail;
}

/// Two things are left to the other scanner: marks that do not follow a letter, and capitals right after letters or marks
/// that are neither capital nor small, as then the end of the word decides where it is cut.
static inline uint64_t gbx_starts_o200k(const gbx_masks *m, const gbx_cases *c, bool groups, int *known) {
  uint64_t letters = m->letter | c->mark, either = letters & ~(c->capital | c->small);
  uint64_t odd = ((c->mark & ~(letters << 1)) | (c->capital & either << 1)) & ~m->continuation;
  if (odd && __builtin_ctzll(odd) < *known) *known = __builtin_ctzll(odd);
  uint64_t o = ~(letters | m->number | m->space);
  uint64_t tail = gbx_tails(o, m->newline, c->slash);
  uint64_t s = m->space & ~tail;
  o &= ~tail;
  return gbx_starts_of_space(m, m->newline & s, s, known) | (o & ~(o << 1) & ~(m->blank << 1))
    | gbx_starts_of_words(m, letters, o, m->newline | tail) | (c->capital & c->small << 1 & ~m->continuation)
    | gbx_starts_of_numbers(m->number, groups);
}

/// Contractions belong to the word before them.
static inline uint64_t gbx_suffixes(uint64_t starts, const gbx_masks *m, uint64_t letters, const uint8_t *text) {
  int end = -1;
  for (uint64_t at = m->apostrophe & letters << 1; at; at &= at - 1) {
    int i = __builtin_ctzll(at);
    // What follows a contraction is not a word's end.
    if (i == end) continue;
    int length = gbx_contraction(text + i + 1, true);
    if (!length) continue;
    end = i + 1 + length;
    starts &= ~(gbx_below(end) & ~gbx_below(i));
    if (end < 64) starts |= 1ull << end;
  }
  return starts;
}
