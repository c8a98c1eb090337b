#include "include/gbx_tokenize.h"

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

// Whether UTF-8 is well-formed shows in each pair of neighbouring bytes, and in which bytes must be the third or fourth of
// a character (Keiser and Lemire, "Validating UTF-8 in less than one instruction per byte", 2021). Each bit below is one
// way for a pair to be wrong; a pair is wrong where its first byte's halves and its second byte's upper half all agree on
// a bit.
#define TOO_SHORT 1       /* a first byte, then no continuation */
#define TOO_LONG 2        /* ASCII, then a continuation */
#define OVERLONG_3 4      /* E0, then 80–9F */
#define TOO_LARGE 8       /* F4, then 90–BF; F5 and above */
#define SURROGATE 16      /* ED, then A0–BF */
#define OVERLONG_2 32     /* C0, C1 */
#define TOO_LARGE_LOW 64  /* F5 and above, then 80–8F; F0, then 80–8F */
#define TWO_CONTINUATIONS 128
#define ANY (TOO_SHORT | TOO_LONG | TWO_CONTINUATIONS)

static inline __m256i lookup(const uint8_t *table, __m256i nibbles) {
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)table)), nibbles);
}

static inline __m256i upper(__m256i bytes) {
  return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15));
}

/// The bytes that lie `n` before.
#define EARLIER(bytes, before, n) \
  _mm256_alignr_epi8(bytes, _mm256_permute2x128_si256(before, bytes, 0x21), 16 - (n))

static inline __m256i errors(__m256i bytes, __m256i before) {
  static const uint8_t first_upper[16] = {
    TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG,
    TWO_CONTINUATIONS, TWO_CONTINUATIONS, TWO_CONTINUATIONS, TWO_CONTINUATIONS,
    TOO_SHORT | OVERLONG_2, TOO_SHORT, TOO_SHORT | OVERLONG_3 | SURROGATE, TOO_SHORT | TOO_LARGE | TOO_LARGE_LOW};
  static const uint8_t first_lower[16] = {
    ANY | OVERLONG_3 | OVERLONG_2 | TOO_LARGE_LOW, ANY | OVERLONG_2, ANY, ANY, ANY | TOO_LARGE,
    ANY | TOO_LARGE | TOO_LARGE_LOW, ANY | TOO_LARGE | TOO_LARGE_LOW, ANY | TOO_LARGE | TOO_LARGE_LOW,
    ANY | TOO_LARGE | TOO_LARGE_LOW, ANY | TOO_LARGE | TOO_LARGE_LOW, ANY | TOO_LARGE | TOO_LARGE_LOW,
    ANY | TOO_LARGE | TOO_LARGE_LOW, ANY | TOO_LARGE | TOO_LARGE_LOW, ANY | TOO_LARGE | TOO_LARGE_LOW | SURROGATE,
    ANY | TOO_LARGE | TOO_LARGE_LOW, ANY | TOO_LARGE | TOO_LARGE_LOW};
  static const uint8_t second_upper[16] = {
    TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
    TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | OVERLONG_3 | TOO_LARGE_LOW,
    TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | OVERLONG_3 | TOO_LARGE,
    TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | SURROGATE | TOO_LARGE,
    TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | SURROGATE | TOO_LARGE, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT};
  __m256i first = EARLIER(bytes, before, 1);
  __m256i pairs = _mm256_and_si256(
    _mm256_and_si256(
      lookup(first_upper, upper(first)), lookup(first_lower, _mm256_and_si256(first, _mm256_set1_epi8(15)))),
    lookup(second_upper, upper(bytes)));
  // Third bytes after E0 and above, fourth ones after F0 and above, must be a second continuation in a row, and no other.
  __m256i third = _mm256_subs_epu8(EARLIER(bytes, before, 2), _mm256_set1_epi8((char)(0xE0 - 0x80)));
  __m256i fourth = _mm256_subs_epu8(EARLIER(bytes, before, 3), _mm256_set1_epi8((char)(0xF0 - 0x80)));
  __m256i expected = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)0x80));
  return _mm256_xor_si256(expected, pairs);
}

static size_t valid_in_avx2(const uint8_t *text, size_t count) {
  __m256i before = _mm256_setzero_si256();
  size_t i = 0;
  for (; i + 64 <= count; i += 64) {
    __m256i a = _mm256_loadu_si256((const __m256i *)(text + i));
    __m256i b = _mm256_loadu_si256((const __m256i *)(text + i + 32));
    bool is_ascii = !_mm256_movemask_epi8(_mm256_or_si256(a, b));
    // A character that the block before did not end is an error of ASCII as well.
    __m256i wrong = is_ascii ? errors(a, before) : _mm256_or_si256(errors(a, before), errors(b, a));
    if (!_mm256_testz_si256(wrong, wrong)) break;
    before = b;
  }
  // What is known ends before the last character that may go on.
  for (int back = 0; back < 4 && i > 0 && text[i - 1] >= 0x80; back++) {
    i--;
    if (text[i] >= 0xC0) break;
  }
  return i;
}
#pragma clang attribute pop

size_t gbx_utf8_valid(const uint8_t *text, size_t count) {
  return gbx_cut_avx2() ? valid_in_avx2(text, count) : 0;
}
#else
size_t gbx_utf8_valid(const uint8_t *text, size_t count) {
  (void)text;
  (void)count;
  return 0;
}
#endif
