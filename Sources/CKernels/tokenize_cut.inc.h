// The cut, once for each instruction set: `gbx_classify` is theirs, the rest is shared.
//
// A window of 64 bytes begins where a piece begins. Each class of characters is a mask of 64 bits in which all bytes of
// a character carry its class. Whether a piece begins at a byte depends on the classes beside it, so the starts of all
// pieces come out of a few operations on whole masks. Nothing is carried from window to window: the next one begins at
// the last start found, and a pattern that is tried there sees nothing of what came before.

#include "include/gbx_tokenize.h"
#include <string.h>

// Class bits of a byte. Of the bytes above 0x7F only those have GBX_LETTER that begin nothing but letters.
#define GBX_LETTER 1
#define GBX_NUMBER 2
#define GBX_SPACE 4
#define GBX_NEWLINE 8    /* \r \n */
#define GBX_BLANK 16     /* 0x20 */
#define GBX_APOSTROPHE 32
#define GBX_MIXED 64     /* begins characters of several classes */
#define GBX_CONTINUATION 128

// Class bits of code points beside those of the header: may begin a word, may go on in one.
#define GBX_BEGINS 32
#define GBX_GOES_ON 64

typedef struct {
  uint64_t letter, number, space, newline, blank, apostrophe, mixed, continuation;
} gbx_masks;

/// What only patterns that tell capitals from small letters ask for.
typedef struct {
  /// Letters that are capitals, or small, and marks. Letters that are neither may be either.
  uint64_t capital, small, mark;
  uint64_t slash;
} gbx_cases;

static inline void gbx_classify(const gbx_cut_table *table, const uint8_t *text, gbx_masks *m);

/// Finds capitals of ASCII, slashes, and all bytes beyond ASCII.
static inline void gbx_classify_cases(const uint8_t *text, uint64_t *capital, uint64_t *slash, uint64_t *wide);

/// Writes the places of all bits, plus `base`; may write up to 64 values whatever their number.
static inline void gbx_write_starts(uint64_t starts, uint32_t base, uint32_t *ends);

static inline uint64_t gbx_below(int bit) { return bit >= 64 ? ~0ull : (1ull << bit) - 1; }

static inline uint8_t gbx_class(const uint8_t *classes, const uint8_t *c) {
  uint32_t lead = c[0];
  if (lead < 0xE0) return classes[(lead & 0x1F) << 6 | (c[1] & 0x3F)];
  if (lead < 0xF0) return classes[(lead & 0xF) << 12 | (uint32_t)(c[1] & 0x3F) << 6 | (c[2] & 0x3F)];
  uint32_t high = (lead & 7) << 18 | (uint32_t)(c[1] & 0x3F) << 12;
  return classes[high | (uint32_t)(c[2] & 0x3F) << 6 | (c[3] & 0x3F)];
}

/// Adds the classes of characters beyond ASCII.
/// - Returns: how many bytes of the window are known; those from there on are for the other scanner.
/// - cases: NULL where nobody asks for them.
static inline int gbx_classify_wide(
  const gbx_cut_table *table, const uint8_t *text, gbx_masks *m, bool wide_numbers, gbx_cases *cases) {
  uint64_t odd = 0;
  for (uint64_t leads = m->mixed; leads; leads &= leads - 1) {
    int i = __builtin_ctzll(leads);
    uint64_t bit = leads & -leads;
    uint8_t class = gbx_class(table->classes, text + i);
    if (class & 1) m->letter |= bit;
    if (class & 2) m->number |= bit;
    // White space of several bytes is rare, and so are digits that are not ASCII.
    if (class & (wide_numbers ? 4 : 6)) odd |= bit;
    if (cases && class & (GBX_BEGINS | GBX_GOES_ON)) {
      if (!(class & 1)) cases->mark |= bit;
      else if (!(class & GBX_GOES_ON)) cases->capital |= bit;
      else if (!(class & GBX_BEGINS)) cases->small |= bit;
    }
  }
  // Continuations have the class of the byte before. A window begins with a character.
  for (int i = 0; i < 3; i++) {
    m->letter |= (m->letter << 1) & m->continuation;
    m->number |= (m->number << 1) & m->continuation;
    if (!cases) continue;
    cases->mark |= (cases->mark << 1) & m->continuation;
    cases->capital |= (cases->capital << 1) & m->continuation;
    cases->small |= (cases->small << 1) & m->continuation;
  }
  return odd ? __builtin_ctzll(odd) : 64;
}

/// Where a window ends that holds no U+2581, which stands for a space where spaces are all that counts.
static inline int gbx_before_mark(const uint8_t *text, const gbx_masks *m) {
  for (uint64_t leads = m->mixed; leads; leads &= leads - 1) {
    int i = __builtin_ctzll(leads);
    if (text[i] == 0xE2 && text[i + 1] == 0x96 && text[i + 2] == 0x81) return i;
  }
  return 64;
}

/// Moves each bit from the last byte of a character to its first.
static inline uint64_t gbx_leads(uint64_t bits, uint64_t continuation) {
  for (int i = 0; i < 3; i++) bits = (bits & ~continuation) | ((bits & continuation) >> 1);
  return bits;
}

/// Length of `'s`, `'re` … after an apostrophe, without it; 0 where there is none.
static inline int gbx_contraction(const uint8_t *after, bool folds) {
  uint8_t fold = folds ? 0x20 : 0;
  uint8_t a = after[0] | fold, b = after[1] | fold;
  if (a == 's' || a == 't' || a == 'm' || a == 'd') return 1;
  if ((a == 'r' || a == 'v') && b == 'e') return 2;
  if (a == 'l' && b == 'l') return 2;
  // U+017F, the long s, is an s where case does not matter.
  return folds && after[0] == 0xC5 && after[1] == 0xBF ? 2 : 0;
}

static inline uint64_t gbx_contractions(uint64_t starts, const gbx_masks *m, const uint8_t *text, bool folds) {
  // What lies before the apostrophe is not touched, so they can be taken one by one.
  for (uint64_t at = m->apostrophe & (starts | 1); at; at &= at - 1) {
    int i = __builtin_ctzll(at);
    int length = gbx_contraction(text + i + 1, folds);
    if (!length) continue;
    starts &= ~(2ull << i);
    if (i + length < 63) starts |= 2ull << (i + length);
  }
  return starts;
}

// ` ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+` begin where the class changes, or at the blank before that. A run of white
// space begins a piece, and so does its last character, unless the text ends there.
static inline uint64_t gbx_starts_gpt2(const gbx_masks *m, bool digits) {
  uint64_t l = m->letter, n = m->number, s = m->space, o = ~(l | n | s);
  uint64_t same = (l & l << 1) | (n & n << 1) | (o & o << 1);
  uint64_t starts = ~s & ~same & ~(m->blank << 1);
  uint64_t last = s & ~(s >> 1);
  if (digits) {
    // A digit ends the text before it and begins another one after it.
    starts |= n & ~m->continuation;
    last &= ~(n >> 1);
  }
  return starts | (s & ~(s << 1)) | last;
}

/// Of the lines that end in blanks: starts after a line end whose white space does not reach the next one.
static inline uint64_t gbx_after_newlines(uint64_t newline, uint64_t space) {
  uint64_t blanks = space & ~newline;
  uint64_t first = (newline << 1) & blanks;
  // Adding its first bit to a run of ones carries into the bit after the run.
  uint64_t bad = (blanks + first) & ~blanks & newline;
  for (; bad; bad &= bad - 1) {
    uint64_t before = ~blanks & ((bad & -bad) - 1);
    first &= ~(2ull << (63 - __builtin_clzll(before)));
  }
  return first;
}

/// Starts of white space: of its runs, of what follows their last line end, of their last character.
/// - newline, space: without line ends that belong to the symbols before them.
/// - known: is moved back over white space that goes on beyond it, which is not decided but for its start.
static inline uint64_t gbx_starts_of_space(const gbx_masks *m, uint64_t newline, uint64_t s, int *known) {
  uint64_t window = gbx_below(*known);
  if (*known > 0 && s >> (*known - 1) & 1) {
    uint64_t before = ~s & window;
    *known = before ? 66 - __builtin_clzll(before) : 0;
  }
  return (s & ~(s << 1)) | (s & ~m->newline & ~(m->space >> 1)) | gbx_after_newlines(newline, s);
}

/// Starts of words. A word takes one character before it that is no letter, digit or line end, if a piece begins there.
/// - others: symbols. lines: line ends, and what belongs to symbols like them.
static inline uint64_t gbx_starts_of_words(const gbx_masks *m, uint64_t letters, uint64_t others, uint64_t lines) {
  uint64_t words = letters & ~(letters << 1);
  uint64_t taken = gbx_leads((words >> 1) & ~(m->number | lines), m->continuation);
  uint64_t refused = taken & others & (others << 1 | m->blank << 1);
  uint64_t ahead = refused << 1;
  for (int i = 0; i < 3; i++) ahead = (ahead & ~m->continuation) | ((ahead & m->continuation) << 1);
  return (words & ((m->number | lines) << 1)) | ahead;
}

/// Starts of numbers, of one digit each or of up to three.
static inline uint64_t gbx_starts_of_numbers(uint64_t n, bool groups) {
  if (!groups) return n;
  uint64_t three = n & n << 1 & n << 2, starts = 0;
  for (uint64_t group = n & ~(n << 1); group; group = group << 3 & three) starts |= group;
  return starts;
}

static inline uint64_t gbx_starts_cl100k(const gbx_masks *m, bool groups, int *known) {
  uint64_t l = m->letter, o = ~(l | m->number | m->space);
  // Line ends right after symbols belong to them: adding the first bit of such a run clears the run.
  uint64_t joined = m->newline & ~(m->newline + ((o << 1) & m->newline));
  uint64_t s = m->space & ~joined;
  // Symbols take one blank before them.
  return gbx_starts_of_space(m, m->newline & s, s, known) | (o & ~(o << 1) & ~(m->blank << 1))
    | gbx_starts_of_words(m, l, o, m->newline) | gbx_starts_of_numbers(m->number, groups);
}

#include "tokenize_cut_cased.inc.h"

static inline __attribute__((always_inline)) size_t gbx_cut_windows(
  gbx_cut_rule rule, const gbx_cut_table *table, const uint8_t *text, size_t count, size_t at, uint32_t *ends,
  size_t capacity) {
  size_t found = 0;
  bool cased = rule == GBX_CUT_O200K || rule == GBX_CUT_TEKKEN;
  bool folds = rule == GBX_CUT_CL100K || rule == GBX_CUT_QWEN2 || cased;
  // A character, or a contraction, may reach a few bytes over the window.
  while (at + 72 <= count && found + 64 <= capacity) {
    gbx_masks m;
    gbx_classify(table, text + at, &m);
    int known = 64;
    bool spaces = rule == GBX_CUT_SPACES || rule == GBX_CUT_SPACES_LINES;
    gbx_cases cases = {0, 0, 0, 0};
    if (cased) {
      uint64_t wide;
      gbx_classify_cases(text + at, &cases.capital, &cases.slash, &wide);
      cases.small = m.letter & ~cases.capital & ~wide;
    }
    if (spaces) {
      known = gbx_before_mark(text + at, &m);
    } else if (m.mixed | m.continuation) {
      known = gbx_classify_wide(table, text + at, &m, !folds, cased ? &cases : NULL);
    }
    if (known < 2) return found;
    uint64_t starts;
    if (spaces) {
      starts = m.blank & ~(m.blank << 1);
      if (rule == GBX_CUT_SPACES_LINES) starts |= m.newline | m.newline << 1;
    } else if (cased) {
      starts = gbx_starts_o200k(&m, &cases, rule == GBX_CUT_O200K, &known);
      if (rule == GBX_CUT_O200K) starts = gbx_suffixes(starts, &m, m.letter | cases.mark, text + at);
    } else {
      starts = folds ? gbx_starts_cl100k(&m, rule == GBX_CUT_CL100K, &known)
                     : gbx_starts_gpt2(&m, rule == GBX_CUT_DIGITS_GPT2);
      starts = gbx_contractions(starts, &m, text + at, folds);
    }
    // The character after a start decides with it.
    starts &= known < 2 ? 0 : gbx_below(known - 1) & ~1ull;
    if (!starts) return found;
    gbx_write_starts(starts, (uint32_t)at, ends + found);
    found += (size_t)__builtin_popcountll(starts);
    at += 63 - (size_t)__builtin_clzll(starts);
  }
  return found;
}

size_t GBX_CUT_NAME(
  gbx_cut_rule rule, const gbx_cut_table *table, const uint8_t *text, size_t count, size_t at, uint32_t *ends,
  size_t capacity) {
  switch (rule) {
  case GBX_CUT_GPT2: return gbx_cut_windows(GBX_CUT_GPT2, table, text, count, at, ends, capacity);
  case GBX_CUT_DIGITS_GPT2: return gbx_cut_windows(GBX_CUT_DIGITS_GPT2, table, text, count, at, ends, capacity);
  case GBX_CUT_CL100K: return gbx_cut_windows(GBX_CUT_CL100K, table, text, count, at, ends, capacity);
  case GBX_CUT_QWEN2: return gbx_cut_windows(GBX_CUT_QWEN2, table, text, count, at, ends, capacity);
  case GBX_CUT_O200K: return gbx_cut_windows(GBX_CUT_O200K, table, text, count, at, ends, capacity);
  case GBX_CUT_TEKKEN: return gbx_cut_windows(GBX_CUT_TEKKEN, table, text, count, at, ends, capacity);
  case GBX_CUT_SPACES: return gbx_cut_windows(GBX_CUT_SPACES, table, text, count, at, ends, capacity);
  case GBX_CUT_SPACES_LINES: return gbx_cut_windows(GBX_CUT_SPACES_LINES, table, text, count, at, ends, capacity);
  }
  return 0;
}
