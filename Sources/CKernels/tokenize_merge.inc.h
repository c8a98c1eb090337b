// Merging, once for each instruction set: only the search for the lowest key gains from wide vectors.

#include "include/gbx_merge.h"

#define NONE 0xFFFFFFFFu
#define LINE 4

typedef struct {
  uint64_t pair;
  uint32_t rank;
  int32_t id;
} merge_slot;

static inline uint64_t pair_of(int32_t left, int32_t right) {
  return (uint64_t)((uint32_t)left + 1) << 32 | ((uint32_t)right + 1);
}

/// As MergeTable has it.
static inline const merge_slot *home(const gbx_merge_table *t, uint64_t pair) {
  uint64_t hash = (pair ^ t->seed) * 0x9E3779B97F4A7C15;
  hash ^= hash >> 32;
  hash *= 0xD6E8FEB86659FD93;
  return (const merge_slot *)t->slots + LINE * ((hash >> 32) * t->homes >> 32);
}

/// Asks for the merge of the symbol at a place with the one at another.
static inline void ask(const gbx_merge_table *t, gbx_merge_lane *l, int which, int left, int right) {
  uint64_t pair = pair_of(l->ids[left], l->ids[right]);
  const merge_slot *slot = home(t, pair);
  __builtin_prefetch(slot);
  l->pairs[which] = pair;
  l->slots[which] = slot;
  l->places[which] = left;
}

static inline void take(gbx_merge_lane *l, const merge_slot *line, uint64_t pair, int place) {
  uint32_t rank = NONE;
  int32_t id = -1;
  while (true) {
    // Whether there is such a merge, and where, cannot be guessed, so that is no branch.
    for (int i = 0; i < LINE; i++) {
      bool is_it = line[i].pair == pair;
      rank = is_it ? line[i].rank : rank;
      id = is_it ? line[i].id : id;
    }
    if (__builtin_expect(!line[LINE - 1].pair || id >= 0, 1)) break;
    line += LINE;
  }
  // A rank without a key: the lane is given up.
  if (__builtin_expect(rank >= GBX_MERGE_RANKS && id >= 0, 0)) l->count = 0;
  l->keys[place] = id < 0 ? NONE : rank << 6 | (uint32_t)place;
  l->results[place] = id;
}

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

/// The merges of all neighbours at the start.
static void begin(const gbx_merge_table *t, gbx_merge_lane *l) {
  uint32_t count = l->count;
  l->live = ~0ull >> (64 - count);
  l->places[0] = l->places[1] = -1;
  for (uint32_t i = count - 1; i < ((count + 7) & ~7u); i++) l->keys[i] = NONE;
  if (l->is_bytes) {
    for (uint32_t i = 0; i + 1 < count; i++) {
      const uint32_t *merge = t->byte_pairs + 2 * ((uint32_t)l->ids[i] << 8 | (uint32_t)l->ids[i + 1]);
      if (merge[0] != NONE && merge[0] >= GBX_MERGE_RANKS) l->count = 0;
      l->keys[i] = merge[0] == NONE ? NONE : merge[0] << 6 | i;
      l->results[i] = (int32_t)merge[1];
    }
    for (uint32_t i = 0; i < count; i++) l->ids[i] = t->bytes[l->ids[i]];
    return;
  }
  const merge_slot *slots[GBX_MERGE_MOST];
  for (uint32_t i = 0; i + 1 < count; i++) {
    slots[i] = home(t, pair_of(l->ids[i], l->ids[i + 1]));
    __builtin_prefetch(slots[i]);
  }
  for (uint32_t i = 0; i + 1 < count; i++) take(l, slots[i], pair_of(l->ids[i], l->ids[i + 1]), (int)i);
}

/// One merge. Symbols stay where they are.
/// - Returns: false where there is none.
static inline bool step(const gbx_merge_table *t, gbx_merge_lane *l, uint32_t count) {
  for (int which = 0; which < 2; which++) {
    if (l->places[which] >= 0) take(l, l->slots[which], l->pairs[which], l->places[which]);
    l->places[which] = -1;
  }
  uint32_t low = lowest(l->keys, count);
  if (low == NONE) return false;
  int at = low & 63;
  l->ids[at] = l->results[at];
  uint64_t after = l->live & ~((2ull << at) - 1);
  l->keys[__builtin_ctzll(after)] = NONE;
  l->keys[at] = NONE;
  l->live &= ~(after & -after);
  uint64_t right = after & (after - 1);
  uint64_t before = l->live & ((1ull << at) - 1);
  if (right) ask(t, l, 0, at, __builtin_ctzll(right));
  if (before) ask(t, l, 1, 63 - __builtin_clzll(before), at);
  return true;
}

void GBX_MERGE_NAME(const gbx_merge_table *t, gbx_merge_lane *lanes, size_t number) {
  uint16_t active[256];
  while (number > 0) {
    size_t some = number < 256 ? number : 256, left = 0;
    for (size_t i = 0; i < some; i++) {
      if (lanes[i].count > 1) {
        begin(t, &lanes[i]);
        active[left++] = (uint16_t)i;
      }
    }
    // Words that end leave the list.
    while (left > 0) {
      size_t kept = 0;
      for (size_t i = 0; i < left; i++) {
        gbx_merge_lane *l = &lanes[active[i]];
        active[kept] = active[i];
        kept += l->count > 0 && step(t, l, l->count);
      }
      left = kept;
    }
    for (size_t i = 0; i < some; i++) {
      gbx_merge_lane *l = &lanes[i];
      if (l->count < 2) {
        if (l->count && l->is_bytes) l->ids[0] = t->bytes[l->ids[0]];
        continue;
      }
      uint32_t tokens = 0;
      for (uint64_t live = l->live; live; live &= live - 1) l->ids[tokens++] = l->ids[__builtin_ctzll(live)];
      l->count = tokens;
    }
    lanes += some;
    number -= some;
  }
}
