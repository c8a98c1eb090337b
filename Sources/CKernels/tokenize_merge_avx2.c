#include "include/gbx_tokenize.h"
#include "tokenize_merge_slots.inc.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define GBX_MERGE_NAME gbx_merge_in_avx2
#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt"))), apply_to = function)

static inline uint32_t lowest(const uint32_t *keys, uint32_t count) {
  __m256i low = _mm256_loadu_si256((const __m256i *)keys);
  for (uint32_t i = 8; i < count; i += 8) {
    low = _mm256_min_epu32(low, _mm256_loadu_si256((const __m256i *)(keys + i)));
  }
  __m128i four = _mm_min_epu32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));
  __m128i two = _mm_min_epu32(four, _mm_shuffle_epi32(four, 0x4E));
  return (uint32_t)_mm_cvtsi128_si32(_mm_min_epu32(two, _mm_shuffle_epi32(two, 0xB1)));
}

/// Which of the four it is cannot be guessed, so that is no branch.
static inline const merge_slot *slot_of(const merge_slot *line, uint64_t pair) {
  __m256i all = _mm256_set1_epi64x((long long)pair);
  __m256i first = _mm256_cmpeq_epi64(all, _mm256_loadu_si256((const __m256i *)line));
  __m256i last = _mm256_cmpeq_epi64(all, _mm256_loadu_si256((const __m256i *)(line + 2)));
  // Two words a slot, of which the first is the pair.
  unsigned found = (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(first)) |
    (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(last)) << 4;
  found &= 0x55;
  return __builtin_unpredictable(found) ? line + (__builtin_ctz(found | 0x100) >> 1) : &no_merge;
}

static void gbx_merge_in_avx2(const gbx_merge_table *t, gbx_merge_lane *lanes, size_t number);
#include "tokenize_merge.inc.h"
#pragma clang attribute pop

gbx_merge_function gbx_merge_avx2(void) { return gbx_cut_avx2() ? gbx_merge_in_avx2 : NULL; }
#else
gbx_merge_function gbx_merge_avx2(void) { return NULL; }
#endif
