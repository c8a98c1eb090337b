// Training loops as plain C vectors: run everywhere; the others are tested against them.
#define GBX_ISA GBX_PORTABLE
#define GBX_TRAIN_TABLE gbx_train_table_portable
#define GBX_SMALL_ROWS 3
#define GBX_SMALL_PANELS 1
#include "simd.inc.h"
#include "train_table.inc.h"
