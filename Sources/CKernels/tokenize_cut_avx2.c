#include "include/gbx_tokenize.h"
#include <stddef.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define GBX_CUT_NAME gbx_cut_in_avx2
#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt"))), apply_to = function)
#include "tokenize_cut.inc.h"

// Classes of ASCII are found by half bytes: a bit survives where both halves allow it.
#define L1 1   /* A–O, a–o */
#define L2 2   /* P–Z, p–z */
#define NU 4   /* 0–9 */
#define SP 8   /* \t–\r */
#define BL 16  /* 0x20 */
#define NL 32  /* \n, \r */
#define AP 64  /* ' */
#define CO 128 /* 0x80–0xBF */

static inline __m256i half(const int8_t *table) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)table));
}

static const int8_t low_halves[16] = {
  L2 | NU | BL | (int8_t)CO, L1 | L2 | NU | (int8_t)CO, L1 | L2 | NU | (int8_t)CO, L1 | L2 | NU | (int8_t)CO,
  L1 | L2 | NU | (int8_t)CO, L1 | L2 | NU | (int8_t)CO, L1 | L2 | NU | (int8_t)CO, L1 | L2 | NU | AP | (int8_t)CO,
  L1 | L2 | NU | (int8_t)CO, L1 | L2 | NU | SP | (int8_t)CO, L1 | L2 | SP | NL | (int8_t)CO, L1 | SP | (int8_t)CO,
  L1 | SP | (int8_t)CO, L1 | SP | NL | (int8_t)CO, L1 | (int8_t)CO, L1 | (int8_t)CO};
static const int8_t high_halves[16] = {
  SP | NL, 0, BL | AP, NU, L1, L2, L1, L2, (int8_t)CO, (int8_t)CO, (int8_t)CO, (int8_t)CO, 0, 0, 0, 0};

typedef struct {
  uint32_t letter, number, space, newline, blank, apostrophe, high, continuation;
} half_masks;

static inline uint32_t bits(__m256i classes, int shift) {
  return (uint32_t)_mm256_movemask_epi8(_mm256_slli_epi16(classes, shift));
}

static inline void classify_half(const uint8_t *text, half_masks *m) {
  __m256i bytes = _mm256_loadu_si256((const __m256i *)text);
  __m256i fifteen = _mm256_set1_epi8(15);
  __m256i low = _mm256_shuffle_epi8(half(low_halves), _mm256_and_si256(bytes, fifteen));
  __m256i high = _mm256_shuffle_epi8(half(high_halves), _mm256_and_si256(_mm256_srli_epi16(bytes, 4), fifteen));
  __m256i classes = _mm256_and_si256(low, high);
  m->letter = bits(classes, 7) | bits(classes, 6);
  m->number = bits(classes, 5);
  m->blank = bits(classes, 3);
  m->space = bits(classes, 4) | m->blank;
  m->newline = bits(classes, 2);
  m->apostrophe = bits(classes, 1);
  m->continuation = bits(classes, 0);
  m->high = (uint32_t)_mm256_movemask_epi8(bytes);
}

static inline void gbx_classify(const gbx_cut_table *table, const uint8_t *text, gbx_masks *m) {
  half_masks a, b;
  classify_half(text, &a);
  classify_half(text + 32, &b);
#define JOIN(x) ((uint64_t)b.x << 32 | a.x)
  *m = (gbx_masks){JOIN(letter), JOIN(number), JOIN(space), JOIN(newline), JOIN(blank), JOIN(apostrophe), 0,
    JOIN(continuation)};
  m->mixed = JOIN(high) & ~m->continuation;
}

static inline void gbx_classify_cases(const uint8_t *text, uint64_t *capital, uint64_t *slash, uint64_t *wide) {
  uint32_t found[3][2];
  for (int i = 0; i < 2; i++) {
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(text + 32 * i));
    // A to Z are the only bytes from 'A' on that are not above 'Z', as signed numbers.
    __m256i capitals = _mm256_andnot_si256(
      _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8('Z')), _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8('A' - 1)));
    found[0][i] = (uint32_t)_mm256_movemask_epi8(capitals);
    found[1][i] = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('/')));
    found[2][i] = (uint32_t)_mm256_movemask_epi8(bytes);
  }
  *capital = (uint64_t)found[0][1] << 32 | found[0][0];
  *slash = (uint64_t)found[1][1] << 32 | found[1][0];
  *wide = (uint64_t)found[2][1] << 32 | found[2][0];
}

// A fixed number of writes at a time saves a branch that is often guessed wrong.
static inline void gbx_write_starts(uint64_t starts, uint32_t base, uint32_t *ends) {
  do {
    for (int i = 0; i < 8; i++) {
      ends[i] = base + (uint32_t)__builtin_ctzll(starts | 1ull << 63);
      starts &= starts - 1;
    }
    ends += 8;
  } while (starts);
}
#pragma clang attribute pop

gbx_cut_function gbx_cut_avx2(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")
      && __builtin_cpu_supports("lzcnt") && __builtin_cpu_supports("popcnt")
    ? gbx_cut_in_avx2 : NULL;
}
#else
gbx_cut_function gbx_cut_avx2(void) { return NULL; }
#endif
