#ifndef GLASSBOX_ATTENTION_H
#define GLASSBOX_ATTENTION_H

#include <stdbool.h>

// Attention of query rows over pages of 32 tokens.
//
// A page of one layer is two pieces of memory, 64-byte aligned and zero before first use, of `type` (f32 or f16):
//   keys    [kvHead][2][headDimension][16 tokens]   — two panels of 16 tokens, dimension-major
//   values  [kvHead][padded / 16][32 tokens][16]    — panels of 16 dimensions, token-major; padded = headDimension
//                                                     rounded up to 16
// so that scores have one lane per token and outputs one lane per dimension, and nothing is summed across lanes.
// `gbx_key_bytes` and `gbx_value_bytes` give their sizes; `store_key_value` writes one token of all heads.
//
// Order of sums: within a span of 16 pages (512 tokens, counted from position 0) all scores, their maximum, the sum of
// exponentials, then the outputs as one chain over tokens; spans are merged in order. A row's result depends on its own
// query and the tokens it sees, not on batch, threads or tiling.

#define GBX_SPAN_PAGES 16

typedef struct {
  int type; /* gbx_float_type: GBX_F32 or GBX_F16 */
  long heads, kv_heads, head_dimension;
  /// Scores are multiplied by it.
  float scale;
  /// cap · tanh(score / cap) after scaling; 0: none.
  float softcap;
  /// A token sees itself and the window − 1 before it; 0: all before it.
  long window;
} gbx_attention_shape;

/// The queries of one kv head's group for `tokens` consecutive tokens of one sequence, over one span of pages.
typedef struct {
  long kv_head;
  /// Position of the first of them; token i sits at first_position + i and sees positions ≤ its own.
  long first_position, tokens;
  /// First row's queries, [heads · headDimension] each, rows `query_row` apart: all heads; the kernel takes its group.
  const float *queries;
  long query_row;
  /// Page base pointers of this layer, index = position / 32 from position 0. Pages before a window may be NULL.
  const void *const *keys;
  const void *const *values;
  /// Which span (positions span·512 ..< (span+1)·512).
  long span;
  /// For each token and head of the group: partial[(i·group + g)·(padded + 2)]: running maximum, sum, then output
  /// (not yet divided by the sum). Merge with gbx_attention_merge.
  float *partial;
} gbx_attention_span;

/// Joins `spans` consecutive partials (each tokens · group · (padded + 2) values, first span first) in order and writes
/// token i's group of outputs, [group · headDimension], at output + i · output_row.
void gbx_attention_merge(const gbx_attention_shape *shape, const float *partials, long spans, long tokens,
  float *output, long output_row);

static inline long gbx_padded(long head_dimension) { return (head_dimension + 15) / 16 * 16; }
static inline long gbx_float_bytes(int type) { return type == 0 ? 4 : 2; }
static inline long gbx_key_bytes(const gbx_attention_shape *s) {
  return s->kv_heads * 32 * s->head_dimension * gbx_float_bytes(s->type);
}
static inline long gbx_value_bytes(const gbx_attention_shape *s) {
  return s->kv_heads * 32 * gbx_padded(s->head_dimension) * gbx_float_bytes(s->type);
}

#endif
