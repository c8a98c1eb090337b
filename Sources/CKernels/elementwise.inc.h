// Rows: norms, softmax, activations, rotation, conversions. The last partial vector is loaded with neutral lanes.

#define FOR_VECTORS(n) for (long i = 0; i < (n); i += LANES)
#define LOAD(p, rest) ((n) - i >= LANES ? load((p) + i) : load_some((p) + i, (n) - i, rest))
#define STORE(p, v) do { \
    if ((n) - i >= LANES) store((p) + i, v); \
    else store_some((p) + i, v, (n) - i); \
  } while (0)

static float sum(const float *x, long n) {
  vf s = splat(0);
  FOR_VECTORS(n) s += LOAD(x, 0);
  return reduce_add(s);
}

static float dot(const float *x, const float *y, long n) {
  vf s0 = splat(0), s1 = splat(0), s2 = splat(0), s3 = splat(0);
  long i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
    s0 = fma_v(load(x + i), load(y + i), s0);
    s1 = fma_v(load(x + i + 16), load(y + i + 16), s1);
    s2 = fma_v(load(x + i + 32), load(y + i + 32), s2);
    s3 = fma_v(load(x + i + 48), load(y + i + 48), s3);
  }
  for (; i < n; i += LANES) s0 = fma_v(LOAD(x, 0), LOAD(y, 0), s0);
  return reduce_add((s0 + s2) + (s1 + s3));
}

static void rms_norm(float *y, const float *x, const float *w, float offset, float epsilon, long n) {
  float inverse = 1.0f / __builtin_sqrtf(dot(x, x, n) / (float)n + epsilon);
  FOR_VECTORS(n) {
    vf v = LOAD(x, 0) * inverse;
    if (w) v *= LOAD(w, 0) + offset;
    STORE(y, v);
  }
}

static void layer_norm(
  float *y, const float *x, const float *w, const float *b, float offset, float epsilon, long n
) {
  float mean = sum(x, n) / (float)n;
  vf s = splat(0);
  FOR_VECTORS(n) {
    vf d = LOAD(x, mean) - mean;
    s = fma_v(d, d, s);
  }
  float inverse = 1.0f / __builtin_sqrtf(reduce_add(s) / (float)n + epsilon);
  FOR_VECTORS(n) {
    vf v = (LOAD(x, 0) - mean) * inverse;
    if (w) v *= LOAD(w, 0) + offset;
    if (b) v += LOAD(b, 0);
    STORE(y, v);
  }
}

static float maximum(const float *x, long n) {
  vf m = splat(-__builtin_inff());
  FOR_VECTORS(n) m = max_v(LOAD(x, -__builtin_inff()), m);
  return reduce_max(m);
}

static float softmax(float *x, float factor, long n) {
  FOR_VECTORS(n) STORE(x, LOAD(x, 0) * factor);
  float m = maximum(x, n);
  vf s = splat(0);
  FOR_VECTORS(n) {
    vf e = exp_v(LOAD(x, -__builtin_inff()) - m);
    STORE(x, e);
    s += e;
  }
  float total = reduce_add(s);
  float inverse = 1.0f / total;
  FOR_VECTORS(n) STORE(x, LOAD(x, 0) * inverse);
  return m + __builtin_logf(total);
}

static float log_sum_exp(const float *x, long n) {
  float m = maximum(x, n);
  vf s = splat(0);
  FOR_VECTORS(n) s += exp_v(LOAD(x, -__builtin_inff()) - m);
  return m + __builtin_logf(reduce_add(s));
}

static long argmax(const float *x, long n) {
  float m = maximum(x, n);
  for (long i = 0; i < n; i++)
    if (x[i] == m) return i;
  return 0;
}

static void axpy(float *y, float a, const float *x, long n) {
  vf k = splat(a);
  FOR_VECTORS(n) STORE(y, fma_v(k, LOAD(x, 0), LOAD(y, 0)));
}
static void add(float *y, const float *x, const float *z, long n) {
  FOR_VECTORS(n) STORE(y, LOAD(x, 0) + LOAD(z, 0));
}
static void multiply(float *y, const float *x, const float *z, long n) {
  FOR_VECTORS(n) STORE(y, LOAD(x, 0) * LOAD(z, 0));
}
static void scale(float *y, float a, const float *x, long n) {
  FOR_VECTORS(n) STORE(y, LOAD(x, 0) * a);
}
static void softcap(float *y, const float *x, float cap, long n) {
  float inverse = 1.0f / cap;
  FOR_VECTORS(n) STORE(y, tanh_v(LOAD(x, 0) * inverse) * cap);
}
static void exponential(float *y, const float *x, long n) {
  FOR_VECTORS(n) STORE(y, exp_v(LOAD(x, 0)));
}

INLINE vf silu_v(vf x) { return x / (splat(1.0f) + exp_v(-x)); }
INLINE vf gelu_v(vf x) { return x * splat(0.5f) * (splat(1.0f) + erf_v(x * splat(0.70710678f))); }
/// 0.5·x·(1 + tanh u) = x·sigmoid(2u), u = √(2/π)·(x + 0.044715·x³).
INLINE vf gelu_tanh_v(vf x) {
  vf u = x * fma_v(x * x, splat(0.044715f * 1.59576912f), splat(1.59576912f));
  return x / (splat(1.0f) + exp_v(-u));
}
INLINE vf relu_v(vf x) { return max_v(x, splat(0)); }

#define ACTIVATION(name) \
  static void name(float *y, const float *x, long n) { \
    FOR_VECTORS(n) STORE(y, name##_v(LOAD(x, 0))); \
  } \
  static void name##_multiply(float *y, const float *gate, const float *up, long n) { \
    FOR_VECTORS(n) STORE(y, name##_v(LOAD(gate, 0)) * LOAD(up, 0)); \
  }
ACTIVATION(silu)
ACTIVATION(gelu)
ACTIVATION(gelu_tanh)
ACTIVATION(relu)

static void rope(
  float *x, const float *cosine, const float *sine, long heads, long head_dimension, long pairs
) {
  for (long h = 0; h < heads; h++) {
    float *a = x + h * head_dimension, *b = a + pairs;
    const long n = pairs;
    FOR_VECTORS(n) {
      vf u = LOAD(a, 0), v = LOAD(b, 0), c = LOAD(cosine, 0), s = LOAD(sine, 0);
      STORE(a, fma_v(u, c, -(v * s)));
      STORE(b, fma_v(v, c, u * s));
    }
  }
}

INLINE vh load_some_halves(const uint16_t *p, long n) {
  vh v = {0};
  memcpy(&v, p, (size_t)(n < LANES ? n : LANES) * 2);
  return v;
}
#define FROM_HALVES(name) \
  static void name(float *y, const uint16_t *x, long n) { \
    FOR_VECTORS(n) STORE(y, name##_v(load_some_halves(x + i, n - i))); \
  }
#define TO_HALVES(name) \
  static void name(uint16_t *y, const float *x, long n) { \
    FOR_VECTORS(n) { \
      vh h = name##_v(LOAD(x, 0)); \
      memcpy(y + i, &h, (size_t)(n - i < LANES ? n - i : LANES) * 2); \
    } \
  }
FROM_HALVES(f32_from_f16)
FROM_HALVES(f32_from_bf16)
TO_HALVES(f16_from_f32)
TO_HALVES(bf16_from_f32)
