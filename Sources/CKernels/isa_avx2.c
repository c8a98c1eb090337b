#if defined(__x86_64__)
#include <immintrin.h>
#define GBX_ISA GBX_AVX2
#define GBX_ISA_NAME "avx2"
#define GBX_TABLE gbx_table_avx2
#define GBX_X86_AVX2 1
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "simd.inc.h"
#define GBX_TILES(M) \
  M(1, 4) M(1, 2) M(1, 1) M(2, 2) M(2, 1) M(3, 2) M(3, 1) M(4, 1) M(5, 1) M(6, 1)
#define GBX_TILE_ROWS 6
#define GBX_TILE_PANELS 1
#include "kernels.inc.h"
#pragma clang attribute pop
#endif
