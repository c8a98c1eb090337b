#include "include/gbx_merge.h"

#define GBX_MERGE_NAME gbx_merge_in_portable
static void gbx_merge_in_portable(const gbx_merge_table *t, gbx_merge_lane *lanes, size_t number);
#include "tokenize_merge.inc.h"

void gbx_merge(const gbx_merge_table *table, gbx_merge_lane *lanes, size_t number) {
  gbx_merge_function wide = gbx_merge_avx2();
  (wide ? wide : gbx_merge_in_portable)(table, lanes, number);
}

gbx_merge_function gbx_merge_portable(void) { return gbx_merge_in_portable; }
