// Causal attention of one sequence and one key/value head, blockwise: scores of 32 queries by 64 keys at a time, never
// tokens × tokens. Backward computes the scores again from the log Σ exp that forward kept
// (Dao et al. 2022, FlashAttention). Included by train_*.c after train_ops.inc.h.

#define QUERIES 32
#define KEYS 64

// --- a small product: C[m, 16·panels] (+)= A[m, k]·B[k, 16·panels], A at a[i·ai + p·ap], rows of B and C apart by
// their strides. Each element is one chain over p.

INLINE void tile(float *c, long cs, const float *a, long ai, long ap, const float *b, long bs, long k, bool add,
  int rows, int panels) {
  vf acc[GBX_SMALL_ROWS][GBX_SMALL_PANELS];
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < panels; j++) acc[i][j] = add ? load(c + i * cs + j * LANES) : splat(0);
  for (long p = 0; p < k; p++) {
    vf line[GBX_SMALL_PANELS];
    for (int j = 0; j < panels; j++) line[j] = load(b + p * bs + j * LANES);
    for (int i = 0; i < rows; i++) {
      vf x = splat(a[i * ai + p * ap]);
      for (int j = 0; j < panels; j++) acc[i][j] = fma_v(x, line[j], acc[i][j]);
    }
  }
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < panels; j++) store(c + i * cs + j * LANES, acc[i][j]);
}

INLINE void tile_column(float *c, long cs, const float *a, long ai, long ap, const float *b, long bs, long m, long k,
  bool add, int panels) {
  long i = 0;
  for (; i + GBX_SMALL_ROWS <= m; i += GBX_SMALL_ROWS)
    tile(c + i * cs, cs, a + i * ai, ai, ap, b, bs, k, add, GBX_SMALL_ROWS, panels);
  for (; i + 2 <= m; i += 2) tile(c + i * cs, cs, a + i * ai, ai, ap, b, bs, k, add, 2, panels);
  for (; i < m; i++) tile(c + i * cs, cs, a + i * ai, ai, ap, b, bs, k, add, 1, panels);
}

static void small_product(float *c, long cs, const float *a, long ai, long ap, const float *b, long bs, long m, long n,
  long k, bool add) {
  long j = 0;
  for (; j + GBX_SMALL_PANELS * LANES <= n; j += GBX_SMALL_PANELS * LANES)
    tile_column(c + j, cs, a, ai, ap, b + j, bs, m, k, add, GBX_SMALL_PANELS);
  for (; j < n; j += LANES) tile_column(c + j, cs, a, ai, ap, b + j, bs, m, k, add, 1);
}

// --- laying out

INLINE long round_up(long n, long to) { return (n + to - 1) / to * to; }

/// Rows of n values into rows of `padded`, zeros behind.
static void copy_padded(float *out, long padded, const float *x, long row, long rows, long n) {
  for (long i = 0; i < rows; i++) {
    memcpy(out + i * padded, x + i * row, (size_t)n * sizeof(float));
    if (padded > n) memset(out + i * padded + n, 0, (size_t)(padded - n) * sizeof(float));
  }
}

/// Rows in blocks of KEYS, each block [n][KEYS]; the last block's missing rows are zeros.
static void transpose_blocks(float *out, const float *x, long row, long rows, long n) {
  for (long from = 0; from < rows; from += KEYS, out += n * KEYS) {
    const long count = rows - from < KEYS ? rows - from : KEYS;
    if (count < KEYS) memset(out, 0, (size_t)(n * KEYS) * sizeof(float));
    for (long j = 0; j < count; j++)
      for (long p = 0; p < n; p++) out[p * KEYS + j] = x[(from + j) * row + p];
  }
}

static long attention_scratch(long tokens, long head_dimension, bool backward) {
  const long d = round_up(head_dimension, LANES), blocks = round_up(tokens, KEYS);
  const long transposed = blocks * head_dimension, rows = blocks * d;
  const long tiles = 2 * QUERIES * KEYS + 3 * QUERIES * d;
  return tiles + (backward ? 2 * transposed + 3 * rows : transposed + rows);
}

/// First key a query block starting at `first` sees, cut to a block.
INLINE long first_key(const gbx_train_attention *a, long first) {
  const long from = a->window > 0 && first - a->window + 1 > 0 ? first - a->window + 1 : 0;
  return from / KEYS * KEYS;
}

/// Scaled, capped, masked scores of `m` queries from `first` by `n` keys from `key`, in place.
INLINE void mask_scores(const gbx_train_attention *a, float *s, long first, long m, long key, long n) {
  for (long i = 0; i < m; i++) {
    float *row = s + i * KEYS;
    const long position = first + i;
    const long low = a->window > 0 ? position - a->window + 1 - key : 0, high = position + 1 - key;
    for (long j = 0; j < n; j += LANES) {
      vf v = load(row + j) * splat(a->scale);
      if (a->softcap > 0) v = splat(a->softcap) * tanh_v(v * splat(1.0f / a->softcap));
      if (j + LANES > high || j < low) {
        const vi lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
        const vi at = lane + splat_i((int32_t)j);
        const vi seen = (at >= splat_i((int32_t)(low > 0 ? low : 0))) & (at < splat_i((int32_t)(high > 0 ? high : 0)));
        v = select_v(seen, v, splat(-__builtin_inff()));
      }
      store(row + j, v);
    }
  }
}

static void attention_forward(const gbx_train_attention *a, float *scratch) {
  const long t = a->tokens, h = a->head_dimension, d = round_up(h, LANES), blocks = round_up(t, KEYS);
  float *keys = scratch, *values = keys + blocks * h, *scores = values + blocks * d;
  float *out = scores + QUERIES * KEYS;
  transpose_blocks(keys, a->key, a->key_row, t, h);
  copy_padded(values, d, a->value, a->key_row, t, h);
  memset(values + t * d, 0, (size_t)((blocks - t) * d) * sizeof(float));
  for (long head = 0; head < a->group; head++) {
    const float *query = a->query + head * h;
    for (long first = 0; first < t; first += QUERIES) {
      const long m = t - first < QUERIES ? t - first : QUERIES;
      float top[QUERIES], total[QUERIES];
      for (long i = 0; i < m; i++) {
        top[i] = -__builtin_inff();
        total[i] = 0;
      }
      memset(out, 0, (size_t)(m * d) * sizeof(float));
      for (long key = first_key(a, first); key < first + m; key += KEYS) {
        const long seen = first + m - key < KEYS ? first + m - key : KEYS, n = round_up(seen, LANES);
        small_product(
          scores, KEYS, query + first * a->query_row, a->query_row, 1, keys + key * h, KEYS, m, n, h, false);
        mask_scores(a, scores, first, m, key, n);
        for (long i = 0; i < m; i++) {
          float *row = scores + i * KEYS;
          vf high = load(row);
          for (long j = LANES; j < n; j += LANES) high = max_v(high, load(row + j));
          const float highest = reduce_max(high);
          if (highest > top[i]) {
            const float shrink = exp_v(splat(top[i] - highest))[0];
            total[i] *= shrink;
            for (long p = 0; p < d; p += LANES) store(out + i * d + p, load(out + i * d + p) * splat(shrink));
            top[i] = highest;
          }
          // A row whose window begins after this block has seen nothing yet.
          const vf base = splat(top[i] == -__builtin_inff() ? 0.0f : top[i]);
          vf sum = splat(0);
          for (long j = 0; j < n; j += LANES) {
            vf e = exp_v(load(row + j) - base);
            store(row + j, e);
            sum += e;
          }
          total[i] += reduce_add(sum);
        }
        small_product(out, d, scores, KEYS, 1, values + key * d, d, m, d, n, true);
      }
      for (long i = 0; i < m; i++) {
        float *row = a->output + head * h + (first + i) * a->query_row;
        const vf r = splat(1.0f / total[i]);
        for (long p = 0; p < h; p += LANES) store_n(row + p, load(out + i * d + p) * r, h - p);
        a->lse[head * a->lse_row + first + i] = top[i] + __builtin_logf(total[i]);
      }
    }
  }
}

static void attention_backward(const gbx_train_attention *a, float *scratch) {
  const long t = a->tokens, h = a->head_dimension, d = round_up(h, LANES), blocks = round_up(t, KEYS);
  float *keys_t = scratch, *values_t = keys_t + blocks * h, *keys = values_t + blocks * h;
  float *d_keys = keys + blocks * d, *d_values = d_keys + blocks * d, *p_tile = d_values + blocks * d;
  float *s_tile = p_tile + QUERIES * KEYS, *queries = s_tile + QUERIES * KEYS, *d_out = queries + QUERIES * d;
  float *d_queries = d_out + QUERIES * d;
  transpose_blocks(keys_t, a->key, a->key_row, t, h);
  transpose_blocks(values_t, a->value, a->key_row, t, h);
  copy_padded(keys, d, a->key, a->key_row, t, h);
  memset(keys + t * d, 0, (size_t)((blocks - t) * d) * sizeof(float));
  memset(d_keys, 0, (size_t)(2 * blocks * d) * sizeof(float));
  for (long head = 0; head < a->group; head++) {
    for (long first = 0; first < t; first += QUERIES) {
      const long m = t - first < QUERIES ? t - first : QUERIES;
      const long at = head * h + first * a->query_row;
      float along[QUERIES];
      copy_padded(queries, d, a->query + at, a->query_row, m, h);
      copy_padded(d_out, d, a->d_output + at, a->query_row, m, h);
      for (long i = 0; i < m; i++) {
        const float *out = a->output + at + i * a->query_row;
        vf s = splat(0);
        for (long p = 0; p < h; p += LANES) s = fma_v(load(d_out + i * d + p), load_n(out + p, h - p), s);
        along[i] = reduce_add(s);
      }
      memset(d_queries, 0, (size_t)(m * d) * sizeof(float));
      for (long key = first_key(a, first); key < first + m; key += KEYS) {
        const long seen = first + m - key < KEYS ? first + m - key : KEYS, n = round_up(seen, LANES);
        small_product(p_tile, KEYS, queries, d, 1, keys_t + key * h, KEYS, m, n, h, false);
        small_product(s_tile, KEYS, d_out, d, 1, values_t + key * h, KEYS, m, n, h, false);
        mask_scores(a, p_tile, first, m, key, n);
        for (long i = 0; i < m; i++) {
          const vf lse = splat(a->lse[head * a->lse_row + first + i]), mean = splat(along[i]);
          for (long j = 0; j < n; j += LANES) {
            const vf score = load(p_tile + i * KEYS + j), p = exp_v(score - lse);
            vf g = p * (load(s_tile + i * KEYS + j) - mean) * splat(a->scale);
            if (a->softcap > 0) {
              // Masked scores are −∞: their p is 0 and their slope must not be NaN.
              const vf capped = max_v(score, splat(-a->softcap)) * splat(1.0f / a->softcap);
              g *= splat(1.0f) - capped * capped;
            }
            store(p_tile + i * KEYS + j, p);
            store(s_tile + i * KEYS + j, g);
          }
        }
        small_product(d_queries, d, s_tile, KEYS, 1, keys + key * d, d, m, d, n, true);
        small_product(d_keys + key * d, d, s_tile, 1, KEYS, queries, d, n, d, m, true);
        small_product(d_values + key * d, d, p_tile, 1, KEYS, d_out, d, n, d, m, true);
      }
      for (long i = 0; i < m; i++)
        memcpy(a->d_query + at + i * a->query_row, d_queries + i * d, (size_t)h * sizeof(float));
    }
  }
  for (long i = 0; i < t; i++) {
    memcpy(a->d_key + i * a->key_row, d_keys + i * d, (size_t)h * sizeof(float));
    memcpy(a->d_value + i * a->key_row, d_values + i * d, (size_t)h * sizeof(float));
  }
}
