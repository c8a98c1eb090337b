#include "CKernels.h"

extern const gbx_train_kernels gbx_train_table_portable;
#if defined(__aarch64__)
extern const gbx_train_kernels gbx_train_table_neon;
#endif
#if defined(__x86_64__)
extern const gbx_train_kernels gbx_train_table_avx2, gbx_train_table_avx512;
#endif

const gbx_train_kernels *gbx_train_kernels_for(gbx_isa isa) {
  if (!gbx_isa_supported(isa)) return NULL;
  switch (isa) {
#if defined(__aarch64__)
  case GBX_NEON: return &gbx_train_table_neon;
#endif
#if defined(__x86_64__)
  case GBX_AVX2: return &gbx_train_table_avx2;
  case GBX_AVX512: return &gbx_train_table_avx512;
#endif
  default: return &gbx_train_table_portable;
  }
}
