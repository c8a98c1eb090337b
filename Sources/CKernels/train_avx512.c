#if defined(__x86_64__)
#include <immintrin.h>
#define GBX_ISA GBX_AVX512
#define GBX_TRAIN_TABLE gbx_train_table_avx512
#define GBX_X86_AVX2 1
#define GBX_X86_AVX512 1
#define GBX_SMALL_ROWS 8
#define GBX_SMALL_PANELS 2
#pragma clang attribute push( \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), apply_to = function)
#include "simd.inc.h"
#include "train_table.inc.h"
#pragma clang attribute pop
#endif
