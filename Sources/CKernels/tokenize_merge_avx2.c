#include "include/gbx_tokenize.h"
#include "include/gbx_merge.h"

#if defined(__x86_64__)
#define GBX_MERGE_NAME gbx_merge_in_avx2
#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt"))), apply_to = function)
static void gbx_merge_in_avx2(const gbx_merge_table *t, gbx_merge_lane *lanes, size_t number);
#include "tokenize_merge.inc.h"
#pragma clang attribute pop

gbx_merge_function gbx_merge_avx2(void) { return gbx_cut_avx2() ? gbx_merge_in_avx2 : NULL; }
#else
gbx_merge_function gbx_merge_avx2(void) { return NULL; }
#endif
