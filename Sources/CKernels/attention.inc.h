// Attention over pages (gbx_attention.h).

static void store_key_value(
  const gbx_attention_shape *shape, void *keys, void *values, long slot, const float *key, const float *value
) {
  const long d = shape->head_dimension, padded = gbx_padded(d);
  for (long h = 0; h < shape->kv_heads; h++) {
    const long k0 = (h * 2 + slot / 16) * d * 16 + slot % 16, v0 = h * 32 * padded + slot * 16;
    if (shape->type == GBX_F32) {
      float *k = (float *)keys + k0;
      for (long i = 0; i < d; i++) k[i * 16] = key[h * d + i];
      for (long i = 0; i < d; i += 16)
        memcpy((float *)values + v0 + i * 32, value + h * d + i, (size_t)(d - i < 16 ? d - i : 16) * 4);
    } else {
      uint16_t *k = (uint16_t *)keys + k0;
      const long n = d;
      const float *x = key + h * d;
      FOR_VECTORS(n) {
        uint16_t halves[16];
        vh v = f16_from_f32_v(LOAD(x, 0));
        memcpy(halves, &v, 32);
        for (long j = 0; j < 16 && i + j < n; j++) k[(i + j) * 16] = halves[j];
      }
      for (long i = 0; i < d; i += 16)
        f16_from_f32((uint16_t *)values + v0 + i * 32, value + h * d + i, d - i < 16 ? d - i : 16);
    }
  }
}

#define SPAN_TOKENS (GBX_SPAN_PAGES * GBX_PAGE_TOKENS)
/// Head dimensions up to here go through tiles of several rows; beyond, one row after the other.
#define TILED_DIMENSION 512

/// scores (over positions start ..< end of the span, laid out from its first page) become exp(score − maximum), masked
/// ones 0; partial[0], partial[1] = maximum, sum.
INLINE void span_softmax(
  const gbx_attention_shape *s, float *scores, long start, long end, long earliest, long position, float *partial
) {
  const vi lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  vf top = splat(-1e30f), total = splat(0);
  for (long p = start; p < end; p += 16) {
    vf x = load(scores + p - start) * s->scale;
    if (s->softcap > 0) x = tanh_v(x * (1 / s->softcap)) * s->softcap;
    if (p < earliest || p + 15 > position) {
      vi place = lane + (int32_t)p;
      x = select_v((place <= (int32_t)position) & (place >= (int32_t)earliest), x, splat(-__builtin_inff()));
    }
    store(scores + p - start, x);
    top = max_v(x, top);
  }
  const float maximum = reduce_max(top);
  for (long p = start; p < end; p += 16) {
    vf e = exp_v(load(scores + p - start) - maximum);
    store(scores + p - start, e);
    total += e;
  }
  partial[0] = maximum;
  partial[1] = reduce_add(total);
}

/// `rows` rows of queries, d apart; row r is head r % group of token r / group from `first_row` on.
INLINE void attend_rows(
  const gbx_attention_shape *s, const gbx_attention_span *span, const float *queries, long first_row, long rows
) {
  float scores[GBX_TILE_ROWS * SPAN_TOKENS] __attribute__((aligned(64)));
  const long d = s->head_dimension, padded = gbx_padded(d), width = padded + 2, group = s->heads / s->kv_heads;
  const long size = gbx_float_bytes(s->type);
  const gbx_float_type type = (gbx_float_type)s->type;
  const long first_position = span->first_position + first_row / group;
  const long last_position = span->first_position + (first_row + rows - 1) / group;
  long page = s->window > 0 && first_position - s->window + 1 > 0 ? (first_position - s->window + 1) / 32 : 0;
  long last = last_position / 32 + 1;
  if (page < span->span * GBX_SPAN_PAGES) page = span->span * GBX_SPAN_PAGES;
  if (last > (span->span + 1) * GBX_SPAN_PAGES) last = (span->span + 1) * GBX_SPAN_PAGES;
  float *partial = span->partial + first_row * width;
  if (page >= last) {
    for (long r = 0; r < rows; r++) {
      memset(partial + r * width, 0, (size_t)width * 4);
      partial[r * width] = -1e30f;
    }
    return;
  }
  for (long n = page; n < last; n++)
    multiply_tiles(
      scores + (n - page) * 32, SPAN_TOKENS, queries, d, 0, false,
      (const char *)span->keys[n] + span->kv_head * 32 * d * size, type, d * 16, rows, 32, d, false);
  for (long r = 0; r < rows; r++) {
    const long position = span->first_position + (first_row + r) / group;
    const long earliest = s->window > 0 ? position - s->window + 1 : 0;
    span_softmax(s, scores + r * SPAN_TOKENS, page * 32, last * 32, earliest, position, partial + r * width);
  }
  // Tokens behind the last position of these rows are not read: their places may hold anything.
  for (long n = page; n < last; n++) {
    const long seen = last_position + 1 - n * 32;
    multiply_tiles(
      partial + 2, width, scores + (n - page) * 32, SPAN_TOKENS, 0, false,
      (const char *)span->values[n] + span->kv_head * 32 * padded * size, type, 32 * 16, rows, padded,
      seen < 32 ? seen : 32, n > page);
  }
}

static void attend(const gbx_attention_shape *s, const gbx_attention_span *span) {
  const long d = s->head_dimension, group = s->heads / s->kv_heads, rows = span->tokens * group;
  const float *base = span->queries + span->kv_head * group * d;
  if (d > TILED_DIMENSION) {
    for (long r = 0; r < rows; r++) attend_rows(s, span, base + r / group * span->query_row + r % group * d, r, 1);
    return;
  }
  float queries[GBX_TILE_ROWS * TILED_DIMENSION] __attribute__((aligned(64)));
  for (long r = 0; r < rows; r += GBX_TILE_ROWS) {
    const long count = rows - r < GBX_TILE_ROWS ? rows - r : GBX_TILE_ROWS;
    for (long i = 0; i < count; i++)
      memcpy(queries + i * d, base + (r + i) / group * span->query_row + (r + i) % group * d, (size_t)d * 4);
    attend_rows(s, span, queries, r, count);
  }
}
