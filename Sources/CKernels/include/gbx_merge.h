#ifndef GLASSBOX_MERGE_H
#define GLASSBOX_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Byte-pair merges of short words, several words beside each other: a merge is mostly waiting for memory to say what the
// new pairs make, and while one word waits the others go on.

/// The merges of a vocabulary, by pair.
typedef struct {
  /// Slots of 16 bytes in lines of four, as MergeTable has them: both tokens plus one, the left one above (0: free);
  /// rank; token.
  const void *slots;
  uint64_t seed;
  uint32_t homes;
  /// Of each byte, its token; NULL where words do not begin as bytes.
  const int32_t *bytes;
  /// Of each pair of bytes, rank (all ones: no merge) and token.
  const uint32_t *byte_pairs;
} gbx_merge_table;

/// Symbols that a word may begin with.
#define GBX_MERGE_MOST 64
/// Ranks from here on do not fit a lane's keys.
#define GBX_MERGE_RANKS ((1u << 26) - 1)

/// A word being merged. What one merge looks at lies in few cache lines where the word is short and the lane aligned.
typedef struct {
  /// Set before: how many symbols there are, and whether they are bytes whose pairs are still to be looked up in
  /// `byte_pairs` (they are in `ids` as bytes). After: how many tokens; 0: the word is one that lanes cannot merge.
  uint32_t count;
  bool is_bytes;
  /// A bit for each symbol that is left.
  uint64_t live;
  /// Pairs whose merges have been asked for: where they may be, and the place of the left symbol; GBX_MERGE_MOST: none.
  const void *lines[2];
  uint64_t pairs[2];
  uint32_t places[2];
  /// What follows begins a cache line where the lane does.
  uint64_t padding;
  /// Of each symbol's merge with the next: rank above, place in the lower six bits, so that the least is the lowest rank
  /// and of equal ones the leftmost; none: the upper bits all ones. Room for whole vectors and for no place.
  uint32_t keys[GBX_MERGE_MOST + 16];
  /// Before: the symbols. After: the tokens.
  int32_t ids[GBX_MERGE_MOST + 16];
  /// What a symbol's merge with the next makes.
  int32_t results[GBX_MERGE_MOST + 16];
} gbx_merge_lane;

static inline int32_t *gbx_merge_ids(gbx_merge_lane *lane) { return lane->ids; }

/// Merges the words of all lanes: the pair of the lowest rank first, the leftmost of equal ones (Sennrich et al. 2016).
void gbx_merge(const gbx_merge_table *table, gbx_merge_lane *lanes, size_t number);

/// The instruction sets that `gbx_merge` chooses from: for tests. NULL where this machine lacks one.
typedef void (*gbx_merge_function)(const gbx_merge_table *, gbx_merge_lane *, size_t);
gbx_merge_function gbx_merge_avx2(void);
gbx_merge_function gbx_merge_portable(void);

#endif
