#include "CKernels.h"

#if defined(__x86_64__)
static bool has_avx2(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}

static bool has_avx512(void) {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
    && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
    && __builtin_cpu_supports("avx512vnni");
}
#endif

bool gbx_isa_supported(gbx_isa isa) {
  switch (isa) {
  case GBX_PORTABLE: return true;
#if defined(__aarch64__)
  case GBX_NEON: return true;
#endif
#if defined(__x86_64__)
  case GBX_AVX2: return has_avx2();
  case GBX_AVX512: return has_avx512();
#endif
  default: return false;
  }
}

extern const gbx_kernels gbx_table_portable;
#if defined(__aarch64__)
extern const gbx_kernels gbx_table_neon;
#endif
#if defined(__x86_64__)
extern const gbx_kernels gbx_table_avx2, gbx_table_avx512;
#endif

const gbx_kernels *gbx_kernels_for(gbx_isa isa) {
  if (!gbx_isa_supported(isa)) return NULL;
  switch (isa) {
#if defined(__aarch64__)
  case GBX_NEON: return &gbx_table_neon;
#endif
#if defined(__x86_64__)
  case GBX_AVX2: return &gbx_table_avx2;
  case GBX_AVX512: return &gbx_table_avx512;
#endif
  default: return &gbx_table_portable;
  }
}
