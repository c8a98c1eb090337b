#if defined(__x86_64__)
#include <immintrin.h>
#define GBX_ISA GBX_AVX2
#define GBX_TRAIN_TABLE gbx_train_table_avx2
#define GBX_X86_AVX2 1
#define GBX_SMALL_ROWS 6
#define GBX_SMALL_PANELS 1
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "simd.inc.h"
#include "train_table.inc.h"
#pragma clang attribute pop
#endif
