// The portable source as the compiler vectorises it for arm64, with tiles for its 32 registers.
#if defined(__aarch64__)
#define GBX_ISA GBX_NEON
#define GBX_ISA_NAME "neon"
#define GBX_TABLE gbx_table_neon
#include "simd.inc.h"
#define GBX_TILES(M) \
  M(1, 4) M(1, 2) M(1, 1) M(2, 2) M(2, 1) M(3, 2) M(3, 1) M(4, 1) M(5, 1) M(6, 1)
#define GBX_TILE_ROWS 6
#define GBX_TILE_PANELS 1
#include "kernels.inc.h"
#endif
