#include "include/gbx_tokenize.h"
#include "tokenize_merge_slots.inc.h"

#define GBX_MERGE_NAME gbx_merge_in_portable

static inline uint32_t lowest(const uint32_t *keys, uint32_t count) {
  uint32_t low[8] = {NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE};
  for (uint32_t i = 0; i < count; i += 8) {
    for (int j = 0; j < 8; j++) low[j] = keys[i + j] < low[j] ? keys[i + j] : low[j];
  }
  for (int width = 4; width; width /= 2) {
    for (int j = 0; j < width; j++) low[j] = low[j + width] < low[j] ? low[j + width] : low[j];
  }
  return low[0];
}

static inline const merge_slot *slot_of(const merge_slot *line, uint64_t pair) {
  const merge_slot *slot = &no_merge;
  for (int i = 0; i < LINE; i++) slot = __builtin_unpredictable(line[i].pair == pair) ? line + i : slot;
  return slot;
}

static void gbx_merge_in_portable(const gbx_merge_table *t, gbx_merge_lane *lanes, size_t number);
#include "tokenize_merge.inc.h"

void gbx_merge(const gbx_merge_table *table, gbx_merge_lane *lanes, size_t number) {
  gbx_merge_function wide = gbx_merge_avx2();
  (wide ? wide : gbx_merge_in_portable)(table, lanes, number);
}

gbx_merge_function gbx_merge_portable(void) { return gbx_merge_in_portable; }
