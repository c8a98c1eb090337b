// Elementwise and row loops of training; included by train_*.c after simd.inc.h.

INLINE vf load_n(const float *p, long n) { return n >= LANES ? load(p) : load_some(p, n, 0.0f); }
INLINE void store_n(float *p, vf v, long n) {
  if (n >= LANES) store(p, v);
  else store_some(p, v, n);
}

// --- norms

static void norm_forward(float *y, const float *x, const float *w, const float *b, float offset, float epsilon,
  bool layer, long rows, long n, float *statistics) {
  for (long row = 0; row < rows; row++, x += n, y += n) {
    float mean = 0;
    vf s = splat(0);
    if (layer) {
      for (long i = 0; i < n; i += LANES) s += load_n(x + i, n - i);
      mean = reduce_add(s) / (float)n;
      s = splat(0);
      for (long i = 0; i < n; i += LANES) {
        vf d = load_n(x + i, n - i) - splat(mean);
        if (n - i < LANES) d = load_some((const float *)&d, n - i, 0.0f);
        s = fma_v(d, d, s);
      }
    } else {
      for (long i = 0; i < n; i += LANES) {
        vf v = load_n(x + i, n - i);
        s = fma_v(v, v, s);
      }
    }
    float r = 1.0f / __builtin_sqrtf(reduce_add(s) / (float)n + epsilon);
    if (layer) {
      statistics[2 * row] = mean;
      statistics[2 * row + 1] = r;
    } else {
      statistics[row] = r;
    }
    for (long i = 0; i < n; i += LANES) {
      vf v = (load_n(x + i, n - i) - splat(mean)) * splat(r) * (load_n(w + i, n - i) + splat(offset));
      if (b) v += load_n(b + i, n - i);
      store_n(y + i, v, n - i);
    }
  }
}

static void norm_backward(float *dx, bool accumulate, const float *dy, const float *x, const float *w, float offset,
  bool layer, long rows, long n, const float *statistics, float *dw, float *db) {
  if (dw) memset(dw, 0, (size_t)n * sizeof(float));
  if (db) memset(db, 0, (size_t)n * sizeof(float));
  for (long row = 0; row < rows; row++, x += n, dx += n, dy += n) {
    const vf mean = splat(layer ? statistics[2 * row] : 0.0f);
    const vf r = splat(layer ? statistics[2 * row + 1] : statistics[row]);
    vf sum = splat(0), along = splat(0);
    for (long i = 0; i < n; i += LANES) {
      const long left = n - i;
      vf d = load_n(dy + i, left), h = (load_n(x + i, left) - mean) * r;
      if (dw) store_n(dw + i, fma_v(d, h, load_n(dw + i, left)), left);
      if (db) store_n(db + i, load_n(db + i, left) + d, left);
      // Lanes beyond the row have d = 0 and so add nothing.
      vf g = d * (load_n(w + i, left) + splat(offset));
      sum += g;
      along = fma_v(g, h, along);
    }
    const vf m1 = splat(layer ? reduce_add(sum) / (float)n : 0.0f);
    const vf m2 = splat(reduce_add(along) / (float)n);
    for (long i = 0; i < n; i += LANES) {
      const long left = n - i;
      vf h = (load_n(x + i, left) - mean) * r;
      vf g = load_n(dy + i, left) * (load_n(w + i, left) + splat(offset));
      vf out = r * (g - m1 - h * m2);
      if (accumulate) out += load_n(dx + i, left);
      store_n(dx + i, out, left);
    }
  }
}

// --- activations

/// The value of an activation and its derivative.
INLINE vf activate(vf x, gbx_activation kind, vf *slope) {
  const vf one = splat(1.0f), half = splat(0.5f);
  switch (kind) {
  case GBX_SILU: {
    vf s = sigmoid_v(x);
    *slope = s * fma_v(x, one - s, one);
    return x * s;
  }
  case GBX_GELU: {
    vf c = half * (one + erf_v(x * splat(0.70710678f)));
    *slope = fma_v(x * splat(0.39894228f), exp_v(splat(-0.5f) * x * x), c);
    return x * c;
  }
  case GBX_GELU_TANH: {
    const vf a = splat(0.044715f), b = splat(0.79788456f);
    vf s = x * x;
    vf t = tanh_v(b * x * fma_v(a, s, one));
    vf inner = b * fma_v(splat(3.0f) * a, s, one);
    *slope = half * (one + t) + half * x * (one - t * t) * inner;
    return half * x * (one + t);
  }
  case GBX_RELU: break;
  }
  *slope = select_v(x > splat(0.0f), one, splat(0.0f));
  return max_v(x, splat(0.0f));
}

#define FOR_EACH_ACTIVATION(F) \
  switch (kind) { \
  case GBX_SILU: F(GBX_SILU) break; \
  case GBX_GELU: F(GBX_GELU) break; \
  case GBX_GELU_TANH: F(GBX_GELU_TANH) break; \
  case GBX_RELU: F(GBX_RELU) break; \
  }

static void activation_forward(float *y, const float *gate, const float *up, gbx_activation kind, long n) {
#define FORWARD(KIND) \
  for (long i = 0; i < n; i += LANES) { \
    vf slope, v = activate(load_n(gate + i, n - i), KIND, &slope); \
    if (up) v *= load_n(up + i, n - i); \
    store_n(y + i, v, n - i); \
  }
  FOR_EACH_ACTIVATION(FORWARD)
#undef FORWARD
}

static void activation_backward(float *d_gate, float *d_up, const float *dy, const float *gate, const float *up,
  gbx_activation kind, long n) {
#define BACKWARD(KIND) \
  for (long i = 0; i < n; i += LANES) { \
    vf slope, v = activate(load_n(gate + i, n - i), KIND, &slope), d = load_n(dy + i, n - i); \
    vf along = d * slope; \
    if (up) { \
      along *= load_n(up + i, n - i); \
      store_n(d_up + i, d * v, n - i); \
    } \
    store_n(d_gate + i, along, n - i); \
  }
  FOR_EACH_ACTIVATION(BACKWARD)
#undef BACKWARD
}

// --- sums

static void add_scaled(float *y, const float *x, float s, const float *z, long n) {
  for (long i = 0; i < n; i += LANES)
    store_n(y + i, fma_v(splat(s), load_n(z + i, n - i), load_n(x + i, n - i)), n - i);
}

static void column_sums(float *out, bool accumulate, const float *x, long row, long rows, long n) {
  for (long i = 0; i < n; i += LANES) {
    vf s = accumulate ? load_n(out + i, n - i) : splat(0);
    for (long j = 0; j < rows; j++) s += load_n(x + j * row + i, n - i);
    store_n(out + i, s, n - i);
  }
}

static double sum_of_squares(const float *x, long n) {
  double total = 0;
  for (long from = 0; from < n; from += 4096) {
    vf s[4] = {splat(0), splat(0), splat(0), splat(0)};
    const long to = from + 4096 < n ? from + 4096 : n;
    for (long i = from, k = 0; i < to; i += LANES, k++) {
      vf v = load_n(x + i, n - i);
      s[k & 3] = fma_v(v, v, s[k & 3]);
    }
    total += (double)reduce_add((s[0] + s[1]) + (s[2] + s[3]));
  }
  return total;
}

static bool all_finite(const float *x, long n) {
  vi bad = splat_i(0);
  for (long i = 0; i < n; i += LANES) {
    vf v = load_n(x + i, n - i);
    bad |= ~(abs_v(v) <= splat(3.40282347e38f));
  }
  int32_t any = 0;
  for (int i = 0; i < LANES; i++) any |= bad[i];
  return any == 0;
}

// --- loss

/// Caps the row where asked and returns its log Σ exp.
INLINE float row_log_sum_exp(float *x, long n, float cap) {
  vf top = splat(-__builtin_inff());
  for (long i = 0; i < n; i += LANES) {
    const long left = n - i;
    vf v = left >= LANES ? load(x + i) : load_some(x + i, left, -__builtin_inff());
    if (cap > 0) {
      v = splat(cap) * tanh_v(v * splat(1.0f / cap));
      store_n(x + i, v, left);
      if (left < LANES) v = load_some(x + i, left, -__builtin_inff());
    }
    top = max_v(top, v);
  }
  const float highest = reduce_max(top);
  vf s = splat(0);
  for (long i = 0; i < n; i += LANES) {
    const long left = n - i;
    s += exp_v((left >= LANES ? load(x + i) : load_some(x + i, left, -__builtin_inff())) - splat(highest));
  }
  return highest + __builtin_logf(reduce_add(s));
}

static void cross_entropy_loss(float *logits, long row, long rows, long n, const int32_t *targets, float cap,
  float *losses) {
  for (long j = 0; j < rows; j++) {
    float *x = logits + j * row;
    losses[j] = targets[j] < 0 ? 0 : row_log_sum_exp(x, n, cap) - x[targets[j]];
  }
}

static void cross_entropy(float *logits, long row, long rows, long n, const int32_t *targets, float scale, float cap,
  float *losses) {
  for (long j = 0; j < rows; j++) {
    float *x = logits + j * row;
    if (targets[j] < 0) {
      losses[j] = 0;
      memset(x, 0, (size_t)n * sizeof(float));
      continue;
    }
    const float lse = row_log_sum_exp(x, n, cap), right = x[targets[j]];
    losses[j] = lse - right;
    for (long i = 0; i < n; i += LANES) {
      const long left = n - i;
      vf v = load_n(x + i, left), g = exp_v(v - splat(lse)) * splat(scale);
      if (cap > 0) {
        vf t = v * splat(1.0f / cap);
        g *= splat(1.0f) - t * t;
      }
      store_n(x + i, g, left);
    }
    const float t = cap > 0 ? right / cap : 0;
    x[targets[j]] -= scale * (1.0f - t * t);
  }
}

// --- updates

static void adamw(float *p, float *m, float *v, const float *g, const gbx_adamw *a, long n) {
  const vf keep = splat(1.0f - a->rate * a->decay), b1 = splat(a->beta1), b2 = splat(a->beta2);
  const vf c1 = splat(1.0f - a->beta1), c2 = splat(1.0f - a->beta2), clip = splat(a->gradient_scale);
  const vf size = splat(a->rate / a->correction1), root = splat(1.0f / __builtin_sqrtf(a->correction2));
  const vf epsilon = splat(a->epsilon);
  for (long i = 0; i < n; i += LANES) {
    const long left = n - i;
    vf d = load_n(g + i, left) * clip;
    vf first = fma_v(b1, load_n(m + i, left), c1 * d);
    vf second = fma_v(b2, load_n(v + i, left), c2 * d * d);
    store_n(m + i, first, left);
    store_n(v + i, second, left);
    vf step = size * first / fma_v(sqrt_v(second), root, epsilon);
    store_n(p + i, load_n(p + i, left) * keep - step, left);
  }
}

static void sgd(float *p, float *m, const float *g, const gbx_adamw *a, long n) {
  const vf keep = splat(1.0f - a->rate * a->decay), momentum = splat(a->beta1), clip = splat(a->gradient_scale);
  for (long i = 0; i < n; i += LANES) {
    const long left = n - i;
    vf first = fma_v(momentum, load_n(m + i, left), load_n(g + i, left) * clip);
    store_n(m + i, first, left);
    store_n(p + i, load_n(p + i, left) * keep - splat(a->rate) * first, left);
  }
}
