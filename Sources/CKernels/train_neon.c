// Training loops as the compiler vectorises them for arm64.
#if defined(__aarch64__)
#define GBX_ISA GBX_NEON
#define GBX_TRAIN_TABLE gbx_train_table_neon
#define GBX_SMALL_ROWS 6
#define GBX_SMALL_PANELS 1
#include "simd.inc.h"
#include "train_table.inc.h"
#endif
