// Attention over pages (gbx_attention.h).

static void store_key_value(
  const gbx_attention_shape *shape, void *keys, void *values, long slot, const float *key, const float *value
) {
  const long d = shape->head_dimension, padded = gbx_padded(d);
  for (long h = 0; h < shape->kv_heads; h++) {
    const long k0 = (h * 2 + slot / 16) * d * 16 + slot % 16, v0 = (h * 32 + slot) * padded;
    if (shape->type == GBX_F32) {
      float *k = (float *)keys + k0;
      for (long i = 0; i < d; i++) k[i * 16] = key[h * d + i];
      memcpy((float *)values + v0, value + h * d, (size_t)d * 4);
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
      f16_from_f32((uint16_t *)values + v0, value + h * d, d);
    }
  }
}

INLINE vf load_kv(int type, const void *p, long index) {
  return type == GBX_F32 ? load((const float *)p + index) : f32_from_f16_v(load_halves((const uint16_t *)p + index));
}

/// One query row over the pages of one span: partial = maximum, sum, output.
INLINE void attend_row(
  const gbx_attention_shape *s, const gbx_attention_span *span, int type, const float *q, long position, float *partial
) {
  const long d = s->head_dimension, padded = gbx_padded(d);
  float maximum = -1e30f, total = 0, *o = partial + 2;
  memset(o, 0, (size_t)padded * 4);
  const long earliest = s->window > 0 && position - s->window + 1 > 0 ? position - s->window + 1 : 0;
  long first = earliest / 32, last = position / 32 + 1;
  if (first < span->span * GBX_SPAN_PAGES) first = span->span * GBX_SPAN_PAGES;
  if (last > (span->span + 1) * GBX_SPAN_PAGES) last = (span->span + 1) * GBX_SPAN_PAGES;
  for (long page = first; page < last; page++) {
    const char *k = (const char *)span->keys[page] + span->kv_head * 32 * d * gbx_float_bytes(type);
    const char *v = (const char *)span->values[page] + span->kv_head * 32 * padded * gbx_float_bytes(type);
    vf a = splat(0), b = splat(0);
    for (long i = 0; i < d; i++) {
      a = fma_v(splat(q[i]), load_kv(type, k, i * 16), a);
      b = fma_v(splat(q[i]), load_kv(type, k, (d + i) * 16), b);
    }
    a *= s->scale;
    b *= s->scale;
    if (s->softcap > 0) {
      a = tanh_v(a * (1 / s->softcap)) * s->softcap;
      b = tanh_v(b * (1 / s->softcap)) * s->softcap;
    }
    const vi lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const vi place = lane + (int32_t)(page * 32);
    vi seen_a = (place <= (int32_t)position) & (place >= (int32_t)earliest);
    vi seen_b = (place + 16 <= (int32_t)position) & (place + 16 >= (int32_t)earliest);
    a = select_v(seen_a, a, splat(-__builtin_inff()));
    b = select_v(seen_b, b, splat(-__builtin_inff()));
    float largest = reduce_max(max_v(a, b));
    if (largest > maximum) {
      const float factor = exp_v(splat(maximum - largest))[0];
      total *= factor;
      for (long i = 0; i < padded; i += 16) store(o + i, load(o + i) * factor);
      maximum = largest;
    }
    float p[32];
    store(p, exp_v(a - maximum));
    store(p + 16, exp_v(b - maximum));
    total += reduce_add(load(p) + load(p + 16));
    long from = earliest - page * 32, to = position - page * 32 + 1;
    if (from < 0) from = 0;
    if (to > 32) to = 32;
    for (long i = 0; i < padded; i += 16) {
      vf y = load(o + i);
      for (long t = from; t < to; t++) y = fma_v(splat(p[t]), load_kv(type, v, t * padded + i), y);
      store(o + i, y);
    }
  }
  partial[0] = maximum;
  partial[1] = total;
}

static void attend(const gbx_attention_shape *s, const gbx_attention_span *span) {
  const long group = s->heads / s->kv_heads, padded = gbx_padded(s->head_dimension);
  for (long i = 0; i < span->tokens; i++)
    for (long g = 0; g < group; g++) {
      const float *q = span->queries + i * span->query_row + (span->kv_head * group + g) * s->head_dimension;
      float *partial = span->partial + (i * group + g) * (padded + 2);
      if (s->type == GBX_F32) attend_row(s, span, GBX_F32, q, span->first_position + i, partial);
      else attend_row(s, span, GBX_F16, q, span->first_position + i, partial);
    }
}
