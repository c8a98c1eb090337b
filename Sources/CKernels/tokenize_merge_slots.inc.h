// What all ways of merging share: the slots of MergeTable.

#include "include/gbx_merge.h"

#define LINE 4
#define NONE 0xFFFFFFFFu
/// Keys from here on are of no merge.
#define NO_KEY (GBX_MERGE_RANKS << 6)

typedef struct {
  uint64_t pair;
  uint32_t rank;
  int32_t id;
} merge_slot;

/// The merge that is none.
static const merge_slot no_merge = {0, NONE, -1};
