// Plain C vectors, whatever the compiler makes of them: runs everywhere, and is what the others are tested against.
#define GBX_ISA GBX_PORTABLE
#define GBX_ISA_NAME "portable"
#define GBX_TABLE gbx_table_portable
#include "simd.inc.h"
#define GBX_TILES(M) \
  M(1, 2) M(1, 1) M(2, 1) M(3, 1)
#define GBX_TILE_ROWS 3
#define GBX_TILE_PANELS 1
#include "kernels.inc.h"
