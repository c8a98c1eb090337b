// Integer products (gbx_quantized.h): exact sums of codes per block, one float chain over the blocks of a row.

static void quantize_row(gbx_quantized_block *out, const float *x, long n) {
  for (long b = 0; b * GBX_BLOCK < n; b++) {
    const float *p = x + b * GBX_BLOCK;
    const long count = n - b * GBX_BLOCK < GBX_BLOCK ? n - b * GBX_BLOCK : GBX_BLOCK;
    vf u = count >= 16 ? load(p) : load_some(p, count, 0);
    vf v = count >= 32 ? load(p + 16) : count > 16 ? load_some(p + 16, count - 16, 0) : splat(0);
    float largest = reduce_max(max_v(abs_v(u), abs_v(v)));
    const float d = largest / 127.0f, inverse = largest > 0 ? 127.0f / largest : 0;
    vi a = round_to_int(u * inverse), c = round_to_int(v * inverse);
    vc qa = __builtin_convertvector(a, vc), qc = __builtin_convertvector(c, vc);
    memcpy(out[b].q, &qa, 16);
    memcpy(out[b].q + 16, &qc, 16);
    int32_t sa = 0, sc = 0;
    for (int i = 0; i < 16; i++) sa += a[i], sc += c[i];
    out[b].scale = d;
    out[b].sum = sa + sc;
    out[b].half_sum = sa;
    out[b].scaled_sum = d * (float)(sa + sc);
  }
}

INLINE vf scales_f16(const uint8_t *p) { return f32_from_f16_v(load_halves(p)); }
INLINE vi bytes_to_int(const uint8_t *p) {
  vuc v;
  memcpy(&v, p, 16);
  return __builtin_convertvector(v, vi);
}
INLINE vi chars_to_int(const uint8_t *p) {
  vc v;
  memcpy(&v, p, 16);
  return __builtin_convertvector(v, vi);
}

/// The eight groups of one block as unsigned codes.
INLINE void unpack(gbx_codes codes, const uint8_t *p, vb w[8]) {
  if (codes == GBX_CODES_8) {
    for (int g = 0; g < 8; g++) w[g] = load_bytes(p + g * 64);
    return;
  }
  for (int g = 0; g < 4; g++) {
    vb x = load_bytes(p + g * 64);
    w[g] = x & 15;
    w[g + 4] = (vb)((vu)x >> 4) & 15;
  }
  if (codes == GBX_CODES_5) {
    vb x = load_bytes(p + 256);
    for (int g = 0; g < 8; g++) w[g] |= (g < 4 ? (vb)((vu)x << (4 - g)) : (vb)((vu)x >> (g - 4))) & 16;
  }
  if (codes == GBX_CODES_6)
    for (int h = 0; h < 2; h++) {
      vb x = load_bytes(p + 256 + h * 64);
      for (int g = 0; g < 4; g++)
        w[4 * h + g] |= (g < 2 ? (vb)((vu)x << (4 - 2 * g)) : (vb)((vu)x >> (2 * g - 4))) & 48;
    }
}

/// Where a sum of code·a starts, so that it ends as Σ (code − zero)·a; `sum` is Σa.
INLINE vi start_sum(const gbx_codes codes, const int32_t zero, int32_t sum) {
#if GBX_X86_AVX2 && !GBX_X86_AVX512
  // Eight-bit codes are taken as signed numbers there.
  if (codes == GBX_CODES_8) return splat_i(0);
#endif
  (void)codes;
  return splat_i(-zero * sum);
}

/// acc + Σ code·a over the four groups of a half block, exact.
INLINE vi half_product(vi start, const gbx_codes codes, const vb *v, const int8_t *a) {
  int32_t x[4];
  memcpy(x, a, 16);
#if GBX_X86_AVX512
  (void)codes;
  __m512i acc = (__m512i)start;
  for (int g = 0; g < 4; g++) acc = _mm512_dpbusd_epi32(acc, (__m512i)v[g], _mm512_set1_epi32(x[g]));
  return (vi)acc;
#elif GBX_X86_AVX2
  // maddubs adds two products in 16 bits. Up to six bits of code that never saturates, nor does the sum of as many
  // as are added here; signed codes take the sign over to the activation (|w| ≤ 128, |a| ≤ 127).
  __m256i parts[2];
  memcpy(parts, &start, 64);
  const __m256i ones = _mm256_set1_epi16(1);
  for (int h = 0; h < 2; h++) {
    __m256i acc = parts[h], pairs = _mm256_setzero_si256();
    for (int g = 0; g < 4; g++) {
      __m256i w, y = _mm256_set1_epi32(x[g]);
      memcpy(&w, (const char *)(v + g) + 32 * h, 32);
      if (codes == GBX_CODES_8) {
        w = _mm256_xor_si256(w, _mm256_set1_epi8((char)0x80));
        pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(y, w));
        acc = _mm256_add_epi32(acc, _mm256_madd_epi16(pairs, ones));
        continue;
      }
      pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16(w, y));
      if (g == 3 || (codes == GBX_CODES_6 && g == 1)) {
        acc = _mm256_add_epi32(acc, _mm256_madd_epi16(pairs, ones));
        pairs = _mm256_setzero_si256();
      }
    }
    parts[h] = acc;
  }
  vi r;
  memcpy(&r, parts, 64);
  return r;
#else
  (void)codes;
  vi acc = start;
  for (int g = 0; g < 4; g++)
    for (int j = 0; j < 4; j++) acc += (vi)(((vu)v[g] >> (8 * j)) & 255) * (int32_t)a[4 * g + j];
  return acc;
#endif
}

/// One panel times T rows of x. Each row's value is one chain over blocks, the same whatever T is.
INLINE void quantized_tile(
  const int T, const gbx_codes codes, const gbx_scales scales, const int32_t zero, float *out, long out_row, long rows,
  const uint8_t *c, const uint8_t *s, const gbx_quantized_block *x, long blocks
) {
  vf acc[8];
  vf super = splat(0), super_min = splat(0);
  _Pragma("clang loop unroll(full)") for (int t = 0; t < T; t++) acc[t] = splat(0);
  _Pragma("clang loop unroll(disable)") for (long b = 0; b < blocks; b++, c += gbx_code_bytes(codes)) {
    vb v[8];
    vf d = splat(0), m = splat(0);
    vi s0 = splat_i(0), s1 = s0, m0 = s0, m1 = s0;
    unpack(codes, c, v);
    const long j = b & 7;
    switch (scales) {
    case GBX_SCALE: d = scales_f16(s + b * 32); break;
    case GBX_SCALE_MIN:
      d = scales_f16(s + b * 64);
      m = scales_f16(s + b * 64 + 32);
      break;
    case GBX_SUPER_MIN: {
      const uint8_t *p = s + (b >> 3) * 320;
      if (j == 0) super = scales_f16(p), super_min = scales_f16(p + 32);
      d = super * float_v(bytes_to_int(p + 64 + j * 32));
      m = super_min * -float_v(bytes_to_int(p + 80 + j * 32));
      break;
    }
    case GBX_SUPER_HALF: {
      const uint8_t *p = s + (b >> 3) * 320;
      memcpy(&d, p, 64);
      s0 = chars_to_int(p + 64 + j * 32);
      s1 = chars_to_int(p + 80 + j * 32);
      break;
    }
    case GBX_SUPER_HALF_MIN: {
      const uint8_t *p = s + (b >> 3) * 576;
      if (j == 0) super = scales_f16(p), super_min = -scales_f16(p + 32);
      d = super;
      m = super_min;
      s0 = bytes_to_int(p + 64 + j * 64);
      s1 = bytes_to_int(p + 80 + j * 64);
      m0 = bytes_to_int(p + 96 + j * 64);
      m1 = bytes_to_int(p + 112 + j * 64);
      break;
    }
    }
    _Pragma("clang loop unroll(full)") for (int t = 0; t < T; t++) {
      const gbx_quantized_block *y = x + t * blocks + b;
      const int32_t z = scales == GBX_SCALE || scales == GBX_SUPER_HALF ? zero : 0;
      vi total;
      if (scales >= GBX_SUPER_HALF)
        total = half_product(start_sum(codes, z, y->half_sum), codes, v, y->q) * s0
          + half_product(start_sum(codes, z, y->sum - y->half_sum), codes, v + 4, y->q + 16) * s1;
      else
        total = half_product(half_product(start_sum(codes, z, y->sum), codes, v, y->q), codes, v + 4, y->q + 16);
      acc[t] = fma_v(float_v(total), d * y->scale, acc[t]);
      if (scales == GBX_SCALE_MIN || scales == GBX_SUPER_MIN) acc[t] = fma_v(m, splat(y->scaled_sum), acc[t]);
      if (scales == GBX_SUPER_HALF_MIN)
        acc[t] = fma_v(float_v(m0 * y->half_sum + m1 * (y->sum - y->half_sum)), m * y->scale, acc[t]);
    }
  }
  _Pragma("clang loop unroll(full)") for (int t = 0; t < T; t++) {
    if (rows >= 16) store(out + t * out_row, acc[t]);
    else store_some(out + t * out_row, acc[t], rows);
  }
}

#define QUANTIZED_TILE(T, CODES, SCALES, ZERO) \
  static __attribute__((noinline)) void quantized_##T##_##CODES##_##SCALES( \
    float *out, long out_row, long rows, const uint8_t *c, const uint8_t *s, const gbx_quantized_block *x, \
    long blocks) { \
    quantized_tile(T, GBX_##CODES, GBX_##SCALES, ZERO, out, out_row, rows, c, s, x, blocks); \
  }
#define QUANTIZED_TILES(CODES, SCALES, ZERO) \
  QUANTIZED_TILE(1, CODES, SCALES, ZERO) QUANTIZED_TILE(2, CODES, SCALES, ZERO) \
  QUANTIZED_TILE(4, CODES, SCALES, ZERO) QUANTIZED_TILE(8, CODES, SCALES, ZERO)
/// Every pair that gbx_pack_row makes, with its code of zero.
#define QUANTIZED_FORMS(M) \
  M(CODES_8, SCALE, 128) M(CODES_4, SCALE, 8) M(CODES_4, SCALE_MIN, 0) M(CODES_5, SCALE, 16) \
  M(CODES_5, SCALE_MIN, 0) M(CODES_4, SUPER_MIN, 0) M(CODES_5, SUPER_MIN, 0) M(CODES_6, SUPER_HALF, 32) \
  M(CODES_4, SUPER_HALF, 4) M(CODES_4, SUPER_HALF_MIN, 0)
QUANTIZED_FORMS(QUANTIZED_TILES)

typedef void (*quantized_function)(
  float *, long, long, const uint8_t *, const uint8_t *, const gbx_quantized_block *, long);
#define QUANTIZED_ENTRY(CODES, SCALES, ZERO) \
  [GBX_##CODES][GBX_##SCALES] = {quantized_1_##CODES##_##SCALES, quantized_2_##CODES##_##SCALES, \
    quantized_4_##CODES##_##SCALES, quantized_8_##CODES##_##SCALES},
/// [codes][scales][log2 of the rows of x]
static const quantized_function quantized_tiles[4][5][4] = {QUANTIZED_FORMS(QUANTIZED_ENTRY)};

static void multiply_quantized(
  float *out, long out_row, const gbx_quantized_matrix *w, long first_panel, long last_panel,
  const gbx_quantized_block *x, long tokens
) {
  const long blocks = w->columns / GBX_BLOCK;
  const quantized_function *forms = quantized_tiles[w->codes][w->scales];
  for (long p = first_panel; p < last_panel; p++) {
    const uint8_t *c = w->code_bytes + p * w->code_stride, *s = w->scale_bytes + p * w->scale_stride;
    long size = 3;
    for (long t = 0; t < tokens;) {
      while ((1 << size) > tokens - t) size--;
      forms[size](out + t * out_row + p * 16, out_row, w->rows - p * 16, c, s, x + t * blocks, blocks);
      t += 1 << size;
    }
  }
}

static void unpack_quantized(float *out, const gbx_quantized_matrix *w, long p) {
  const uint8_t *codes = w->code_bytes + p * w->code_stride, *scales = w->scale_bytes + p * w->scale_stride;
  for (long b = 0; b < w->columns / 32; b++) {
    vb v[8];
    unpack(w->codes, codes + b * gbx_code_bytes(w->codes), v);
    const uint8_t *s = scales + b / gbx_scale_blocks(w->scales) * gbx_scale_bytes(w->scales);
    const long j = b & 7;
    for (int g = 0; g < 8; g++) {
      const int h = g / 4;
      vf d, m = splat(0);
      int32_t zero = 0;
      switch (w->scales) {
      case GBX_SCALE: d = scales_f16(s); zero = w->zero; break;
      case GBX_SCALE_MIN: d = scales_f16(s); m = scales_f16(s + 32); break;
      case GBX_SUPER_MIN:
        d = scales_f16(s) * float_v(bytes_to_int(s + 64 + j * 32));
        m = -(scales_f16(s + 32) * float_v(bytes_to_int(s + 80 + j * 32)));
        break;
      case GBX_SUPER_HALF:
        d = load((const float *)(const void *)s) * float_v(chars_to_int(s + 64 + j * 32 + 16 * h));
        zero = w->zero;
        break;
      default:
        d = scales_f16(s) * float_v(bytes_to_int(s + 64 + j * 64 + 16 * h));
        m = -(scales_f16(s + 32) * float_v(bytes_to_int(s + 96 + j * 64 + 16 * h)));
      }
      for (int i = 0; i < 4; i++) {
        vi q = (vi)(((vu)v[g] >> (8 * i)) & 255) - zero;
        // Product and sum apart, as ggml rounds them.
        store(out + ((b * 32 + g * 4 + i) * 16), unfused_add(d * float_v(q), m));
      }
    }
  }
}
