// Vectors of 16 lanes that every kernel is written in: one zmm, two ymm, four xmm or NEON registers. Included by
// isa_*.c after the macros of the instruction set, inside its target attribute.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Functions over vectors are always inlined: how a vector would be passed does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline, unused))
#define LANES 16

typedef float vf __attribute__((vector_size(64)));
typedef int32_t vi __attribute__((vector_size(64)));
typedef uint32_t vu __attribute__((vector_size(64)));
typedef uint8_t vb __attribute__((vector_size(64)));
typedef uint16_t vh __attribute__((vector_size(32)));
typedef int8_t vc __attribute__((vector_size(16)));
typedef uint8_t vuc __attribute__((vector_size(16)));

INLINE vf load(const float *p) { vf v; memcpy(&v, p, 64); return v; }
INLINE void store(float *p, vf v) { memcpy(p, &v, 64); }
INLINE vf splat(float x) { return (vf){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }
INLINE vi splat_i(int32_t x) { return (vi){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }
INLINE vb load_bytes(const void *p) { vb v; memcpy(&v, p, 64); return v; }
INLINE vh load_halves(const void *p) { vh v; memcpy(&v, p, 32); return v; }

/// The first n < 16 lanes; the others are `rest`.
INLINE vf load_some(const float *p, long n, float rest) {
#if GBX_X86_AVX512
  return (vf)_mm512_mask_loadu_ps((__m512)splat(rest), (__mmask16)((1u << n) - 1), p);
#else
  vf v = splat(rest);
  memcpy(&v, p, (size_t)n * 4);
  return v;
#endif
}
INLINE void store_some(float *p, vf v, long n) {
#if GBX_X86_AVX512
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#else
  memcpy(p, &v, (size_t)n * 4);
#endif
}

/// a·b + c, fused where the instruction set fuses.
INLINE vf fma_v(vf a, vf b, vf c) {
#if GBX_X86_AVX512
  return (vf)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif GBX_X86_AVX2 || defined(__aarch64__)
  return __builtin_elementwise_fma(a, b, c);
#else
  return a * b + c;
#endif
}
/// x + y, never fused with the product that x may be.
INLINE vf unfused_add(vf x, vf y) {
#pragma clang fp contract(off)
  return x + y;
}

INLINE vf max_v(vf a, vf b) {
#if GBX_X86_AVX512
  return (vf)_mm512_max_ps((__m512)a, (__m512)b);
#else
  vi m = a > b;
  return (vf)(((vi)a & m) | ((vi)b & ~m));
#endif
}
INLINE vf min_v(vf a, vf b) {
#if GBX_X86_AVX512
  return (vf)_mm512_min_ps((__m512)a, (__m512)b);
#else
  vi m = a < b;
  return (vf)(((vi)a & m) | ((vi)b & ~m));
#endif
}
INLINE vf select_v(vi mask, vf a, vf b) { return (vf)(((vi)a & mask) | ((vi)b & ~mask)); }
INLINE vf abs_v(vf a) { return (vf)((vi)a & splat_i(0x7fffffff)); }
INLINE vf sqrt_v(vf a) { return __builtin_elementwise_sqrt(a); }
INLINE vf float_v(vi a) { return __builtin_convertvector(a, vf); }

// Sums and maxima across lanes, always by halves: lane i with lane i + 8, and so on.
typedef float vf8 __attribute__((vector_size(32)));
typedef float vf4 __attribute__((vector_size(16)));
INLINE float reduce_add(vf v) {
  vf8 a = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7)
    + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  vf4 b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
  return (b[0] + b[2]) + (b[1] + b[3]);
}
INLINE vf4 max4(vf4 a, vf4 b) {
  typedef int32_t vi4 __attribute__((vector_size(16)));
  vi4 m = a > b;
  return (vf4)(((vi4)a & m) | ((vi4)b & ~m));
}
INLINE float reduce_max(vf v) {
  vf4 a = max4(__builtin_shufflevector(v, v, 0, 1, 2, 3), __builtin_shufflevector(v, v, 4, 5, 6, 7));
  vf4 b = max4(__builtin_shufflevector(v, v, 8, 9, 10, 11), __builtin_shufflevector(v, v, 12, 13, 14, 15));
  a = max4(a, b);
  a = max4(a, __builtin_shufflevector(a, a, 2, 3, 0, 1));
  return a[0] > a[1] ? a[0] : a[1];
}

/// Nearest integer, ties to even, for |x| < 2^22: adding 1.5·2^23 leaves no room for a fraction, and the low bits of
/// the sum are the integer.
#define ROUNDING 12582912.0f
INLINE vf round_v(vf x) { return (x + splat(ROUNDING)) - splat(ROUNDING); }
INLINE vi round_to_int(vf x) { return (vi)(x + splat(ROUNDING)) - splat_i(0x4b400000); }

/// e^x by 2^n · polynomial on |r| ≤ ln2/2; 0 below −87.3 (so −∞ gives an exact 0), +∞ above 88.7; NaN stays. ~1.2 ulp.
INLINE vf exp_v(vf x) {
  vi low = x < splat(-87.33654f);
  vi high = x > splat(88.72283f);
  // The second operand of a minimum or maximum is what a NaN gives.
  vf clamped = min_v(splat(88.37626f), max_v(splat(-87.33654f), x));
  vf scaled = clamped * splat(1.44269504f);
  vf n = round_v(scaled);
  vf r = fma_v(n, splat(-0.693359375f), clamped);
  r = fma_v(n, splat(2.12194440e-4f), r);
  vf p = splat(1.9875691500e-4f);
  p = fma_v(p, r, splat(1.3981999507e-3f));
  p = fma_v(p, r, splat(8.3334519073e-3f));
  p = fma_v(p, r, splat(4.1665795894e-2f));
  p = fma_v(p, r, splat(1.6666665459e-1f));
  p = fma_v(p, r, splat(5.0000001201e-1f));
  p = fma_v(p, r * r, r + splat(1.0f));
  vf y = (vf)((vi)p + (round_to_int(scaled) << 23));
  y = select_v(high, splat(__builtin_inff()), y);
  return select_v(low, splat(0.0f), y);
}
INLINE vf sigmoid_v(vf x) { return splat(1.0f) / (splat(1.0f) + exp_v(-x)); }
/// Odd polynomial near 0 (no cancellation), 1 − 2/(e^2x + 1) beyond.
INLINE vf tanh_v(vf x) {
  vf a = abs_v(x);
  vf s = x * x;
  vf p = splat(-5.70498872745e-3f);
  p = fma_v(p, s, splat(2.06390887954e-2f));
  p = fma_v(p, s, splat(-5.37397155531e-2f));
  p = fma_v(p, s, splat(1.33314422036e-1f));
  p = fma_v(p, s, splat(-3.33332819422e-1f));
  vf small = fma_v(p * s, x, x);
  vf large = splat(1.0f) - splat(2.0f) / (exp_v(a + a) + splat(1.0f));
  large = (vf)((vi)large | ((vi)x & splat_i((int32_t)0x80000000)));
  return select_v(a < splat(0.625f), small, large);
}
/// Abramowitz & Stegun 7.1.26's form with its rational in t = 1/(1 + p|x|): |error| ≤ 1.5e-7.
INLINE vf erf_v(vf x) {
  vf a = abs_v(x);
  vf t = splat(1.0f) / fma_v(a, splat(0.3275911f), splat(1.0f));
  vf p = splat(1.061405429f);
  p = fma_v(p, t, splat(-1.453152027f));
  p = fma_v(p, t, splat(1.421413741f));
  p = fma_v(p, t, splat(-0.284496736f));
  p = fma_v(p, t, splat(0.254829592f));
  vf y = splat(1.0f) - p * t * exp_v(-(a * a));
  return (vf)((vi)y | ((vi)x & splat_i((int32_t)0x80000000)));
}

INLINE vf f32_from_f16_v(vh h) {
#if GBX_X86_AVX512
  return (vf)_mm512_cvtph_ps((__m256i)h);
#elif GBX_X86_AVX2
  __m128i lo, hi;
  memcpy(&lo, &h, 16);
  memcpy(&hi, (const char *)&h + 16, 16);
  __m256 parts[2] = {_mm256_cvtph_ps(lo), _mm256_cvtph_ps(hi)};
  vf v;
  memcpy(&v, parts, 64);
  return v;
#else
  // The exponent moves by a multiplication with 2^112, which also makes subnormals right.
  vu u = __builtin_convertvector(h, vu);
  vu magnitude = (u & 0x7fff) << 13;
  vu special = (vu)(magnitude >= 0x0f800000);
  vf v = (vf)magnitude * splat(0x1p112f);
  vu bits = ((vu)v & ~special) | ((magnitude | 0x7f800000) & special);
  return (vf)(bits | ((u & 0x8000) << 16));
#endif
}
INLINE vf f32_from_bf16_v(vh h) { return (vf)(__builtin_convertvector(h, vu) << 16); }

INLINE vh bf16_from_f32_v(vf x) {
  vu u = (vu)x;
  vu rounded = (u + 0x7fff + ((u >> 16) & 1)) >> 16;
  vu nan = (vu)(x != x);
  return __builtin_convertvector((rounded & ~nan) | (((u >> 16) | 64) & nan), vh);
}
/// Round to nearest even; too large becomes infinity.
INLINE vh f16_from_f32_v(vf x) {
#if GBX_X86_AVX512
  return (vh)_mm512_cvtps_ph((__m512)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#elif GBX_X86_AVX2
  __m256 parts[2];
  memcpy(parts, &x, 64);
  __m128i out[2] = {_mm256_cvtps_ph(parts[0], 0), _mm256_cvtps_ph(parts[1], 0)};
  vh h;
  memcpy(&h, out, 32);
  return h;
#else
  vu u = (vu)x;
  vu sign = (u >> 16) & 0x8000;
  vu magnitude = u & 0x7fffffff;
  // Subnormal halves: adding 0.5 leaves the mantissa of the half in the lowest bits, rounded by the addition.
  vu tiny = (vu)((vf)magnitude + splat(0.5f)) - 0x3f000000;
  vu normal = (magnitude + 0xc8000fff + ((magnitude >> 13) & 1)) >> 13;
  vu is_tiny = (vu)(magnitude < 0x38800000);
  vu is_large = (vu)(magnitude >= 0x477ff000);
  vu is_nan = (vu)(magnitude > 0x7f800000);
  vu r = (tiny & is_tiny) | (normal & ~is_tiny);
  r = (r & ~is_large) | (0x7c00 & is_large);
  r = (r & ~is_nan) | ((0x7e00 | ((magnitude >> 13) & 0x3ff)) & is_nan);
  return __builtin_convertvector(r | sign, vh);
#endif
}
