#include "include/gbx_tokenize.h"
#include <stddef.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define GBX_CUT_NAME gbx_cut_in_avx512
#pragma clang attribute push( \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi,bmi2,lzcnt,popcnt"))), \
  apply_to = function)
#include "tokenize_cut.inc.h"

static inline uint64_t test(__m512i classes, uint8_t bit) {
  return _mm512_test_epi8_mask(classes, _mm512_set1_epi8((char)bit));
}

static inline void gbx_classify(const gbx_cut_table *table, const uint8_t *text, gbx_masks *m) {
  const __m512i *rows = (const __m512i *)table->bytes;
  __m512i bytes = _mm512_loadu_si512(text);
  __m512i ascii = _mm512_permutex2var_epi8(_mm512_loadu_si512(rows), bytes, _mm512_loadu_si512(rows + 1));
  __m512i wide = _mm512_permutex2var_epi8(_mm512_loadu_si512(rows + 2), bytes, _mm512_loadu_si512(rows + 3));
  __m512i classes = _mm512_mask_blend_epi8(_mm512_movepi8_mask(bytes), ascii, wide);
  *m = (gbx_masks){test(classes, GBX_LETTER), test(classes, GBX_NUMBER), test(classes, GBX_SPACE),
    test(classes, GBX_NEWLINE), test(classes, GBX_BLANK), test(classes, GBX_APOSTROPHE), test(classes, GBX_MIXED),
    test(classes, GBX_CONTINUATION)};
}

static inline void gbx_classify_cases(const uint8_t *text, uint64_t *capital, uint64_t *slash, uint64_t *wide) {
  __m512i bytes = _mm512_loadu_si512(text);
  *capital = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8('A')), _mm512_set1_epi8(26));
  *slash = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('/'));
  *wide = _mm512_movepi8_mask(bytes);
}

static inline void gbx_write_starts(uint64_t starts, uint32_t base, uint32_t *ends) {
  const __m512i places = _mm512_set_epi64(0x3F3E3D3C3B3A3938, 0x3736353433323130, 0x2F2E2D2C2B2A2928,
    0x2726252423222120, 0x1F1E1D1C1B1A1918, 0x1716151413121110, 0x0F0E0D0C0B0A0908, 0x0706050403020100);
  __m512i packed = _mm512_maskz_compress_epi8(starts, places);
  __m512i first = _mm512_set1_epi32((int)base);
  int count = __builtin_popcountll(starts);
  for (int i = 0; i < count; i += 16) {
    __m512i wide = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(packed));
    _mm512_storeu_si512(ends + i, _mm512_add_epi32(wide, first));
    packed = _mm512_shuffle_i64x2(packed, packed, 0x39);
  }
}
#pragma clang attribute pop

gbx_cut_function gbx_cut_avx512(void) {
  __builtin_cpu_init();
  return gbx_cut_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
      && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi")
      && __builtin_cpu_supports("avx512vbmi2")
    ? gbx_cut_in_avx512 : NULL;
}
#else
gbx_cut_function gbx_cut_avx512(void) { return NULL; }
#endif
