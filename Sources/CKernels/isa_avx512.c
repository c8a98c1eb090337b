#if defined(__x86_64__)
#include <immintrin.h>
#define GBX_ISA GBX_AVX512
#define GBX_ISA_NAME "avx512"
#define GBX_TABLE gbx_table_avx512
#define GBX_X86_AVX2 1
#define GBX_X86_AVX512 1
#pragma clang attribute push( \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), apply_to = function)
#include "simd.inc.h"
#define GBX_TILES(M) \
  M(1, 8) M(1, 4) M(1, 2) M(1, 1) M(2, 8) M(2, 4) M(2, 2) M(2, 1) M(3, 4) M(3, 2) M(3, 1) M(4, 4) M(4, 2) M(4, 1) \
  M(5, 4) M(5, 2) M(5, 1) M(6, 4) M(6, 2) M(6, 1) M(7, 2) M(7, 1) M(8, 2) M(8, 1) M(9, 2) M(9, 1) M(10, 2) \
  M(10, 1) M(11, 2) M(11, 1) M(12, 2) M(12, 1)
#define GBX_TILE_ROWS 12
#define GBX_TILE_PANELS 2
#include "kernels.inc.h"
#pragma clang attribute pop
#endif
