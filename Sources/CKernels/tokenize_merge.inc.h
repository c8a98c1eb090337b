// Merging, once for each instruction set. They bring two searches: `lowest` of keys, and `slot_of` a pair.

/// Where nothing is found.
static const _Alignas(64) merge_slot empty_line[LINE];

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

/// Asks for the merge of the symbol at a place with the one at another. Where a word ends cannot be guessed, so there
/// `is_there` is false, and no branch.
static inline void ask(
  const gbx_merge_table *t, gbx_merge_lane *l, int which, bool is_there, uint32_t left, uint32_t right) {
  uint64_t pair = pair_of(l->ids[left], l->ids[right]);
  const merge_slot *line = home(t, pair);
  line = __builtin_unpredictable(is_there) ? line : empty_line;
  __builtin_prefetch(line);
  l->pairs[which] = pair;
  l->lines[which] = line;
  l->places[which] = left;
}

static inline void take(gbx_merge_lane *l, const merge_slot *line, uint64_t pair, uint32_t place) {
  const merge_slot *slot = slot_of(line, pair);
  while (__builtin_expect(slot == &no_merge && line[LINE - 1].pair != 0, 0)) {
    line += LINE;
    slot = slot_of(line, pair);
  }
  uint32_t rank = slot->rank;
  // A rank without a key: the lane is given up.
  if (__builtin_expect(rank >= GBX_MERGE_RANKS && slot != &no_merge, 0)) l->count = 0;
  l->keys[place] = rank << 6 | place;
  l->results[place] = slot->id;
}

/// The merges of all neighbours at the start.
static void begin(const gbx_merge_table *t, gbx_merge_lane *l) {
  uint32_t count = l->count;
  l->live = ~0ull >> (64 - count);
  l->places[0] = l->places[1] = GBX_MERGE_MOST;
  l->lines[0] = l->lines[1] = empty_line;
  l->pairs[0] = l->pairs[1] = 1;
  l->ids[GBX_MERGE_MOST] = -1;
  for (uint32_t i = count - 1; i < ((count + 7) & ~7u); i++) l->keys[i] = NONE;
  if (l->is_bytes) {
    for (uint32_t i = 0; i + 1 < count; i++) {
      const uint32_t *merge = t->byte_pairs + 2 * ((uint32_t)l->ids[i] << 8 | (uint32_t)l->ids[i + 1]);
      if (merge[0] >= GBX_MERGE_RANKS && merge[0] != NONE) l->count = 0;
      l->keys[i] = merge[0] << 6 | i;
      l->results[i] = (int32_t)merge[1];
    }
    for (uint32_t i = 0; i < count; i++) l->ids[i] = t->bytes[l->ids[i]];
    return;
  }
  const merge_slot *lines[GBX_MERGE_MOST];
  for (uint32_t i = 0; i + 1 < count; i++) {
    lines[i] = home(t, pair_of(l->ids[i], l->ids[i + 1]));
    __builtin_prefetch(lines[i]);
  }
  for (uint32_t i = 0; i + 1 < count; i++) take(l, lines[i], pair_of(l->ids[i], l->ids[i + 1]), i);
}

/// One merge. Symbols stay where they are.
/// - Returns: false where there is none.
static inline bool step(const gbx_merge_table *t, gbx_merge_lane *l) {
  uint32_t low = lowest(l->keys, l->count);
  if (low >= NO_KEY) return false;
  uint32_t at = low & 63;
  l->ids[at] = l->results[at];
  uint64_t after = l->live & ~1ull << at, before = l->live & ((1ull << at) - 1);
  l->keys[__builtin_ctzll(after)] = NONE;
  l->keys[at] = NONE;
  l->live &= ~(after & -after);
  uint64_t right = after & (after - 1);
  ask(t, l, 0, right, right ? at : GBX_MERGE_MOST, right ? (uint32_t)__builtin_ctzll(right) : GBX_MERGE_MOST);
  ask(t, l, 1, before, before ? 63 - (uint32_t)__builtin_clzll(before) : GBX_MERGE_MOST, at);
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
      // Keys are read together that were written one by one, which takes until the writes are done: others come between.
      for (size_t i = 0; i < left; i++) {
        gbx_merge_lane *l = &lanes[active[i]];
        take(l, l->lines[0], l->pairs[0], l->places[0]);
        take(l, l->lines[1], l->pairs[1], l->places[1]);
      }
      for (size_t i = 0; i < left; i++) {
        gbx_merge_lane *l = &lanes[active[i]];
        active[kept] = active[i];
        kept += l->count > 0 && step(t, l);
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
