// Integer products (gbx_quantized.h): exact sums of codes per block, one float chain over the blocks of a row.

static void quantize_row(gbx_quantized_row out, const float *x, long n) {
  for (long b = 0; b * GBX_BLOCK < n; b++) {
    const float *p = x + b * GBX_BLOCK;
    const long count = n - b * GBX_BLOCK < GBX_BLOCK ? n - b * GBX_BLOCK : GBX_BLOCK;
    vf u = count >= 16 ? load(p) : load_some(p, count, 0);
    vf v = count >= 32 ? load(p + 16) : count > 16 ? load_some(p + 16, count - 16, 0) : splat(0);
    float largest = reduce_max(max_v(abs_v(u), abs_v(v)));
    // A NaN or an infinity in the block makes its scale one, so that it reaches the product.
    const float d = largest / 127.0f, inverse = largest > 0 ? 127.0f / largest : 0;
    vi a = int_from_rounded(round_v(u * inverse)), c = int_from_rounded(round_v(v * inverse));
    vc qa = __builtin_convertvector(a, vc), qc = __builtin_convertvector(c, vc);
    memcpy(out.q + b * GBX_BLOCK, &qa, 16);
    memcpy(out.q + b * GBX_BLOCK + 16, &qc, 16);
    int32_t sa = 0, sc = 0;
    for (int i = 0; i < 16; i++) sa += a[i], sc += c[i];
    out.scale[b] = d;
    out.sums[2 * b] = sa;
    out.sums[2 * b + 1] = sc;
    out.scaled_sum[b] = d * (float)(sa + sc);
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
    w[g + 4] = x >> 4;
  }
  if (codes == GBX_CODES_5) {
    vb x = load_bytes(p + 256);
    for (int g = 0; g < 8; g++) w[g] |= ((x >> g) & 1) << 4;
  }
  if (codes == GBX_CODES_6)
    for (int h = 0; h < 2; h++) {
      vb x = load_bytes(p + 256 + h * 64);
      for (int g = 0; g < 4; g++) w[4 * h + g] |= ((x >> (2 * g)) & 3) << 4;
    }
}

/// One panel times one row.
INLINE vf panel_product(
  const gbx_quantized_matrix *w, const uint8_t *codes, const uint8_t *scales, const int8_t *q, const float *scale,
  const float *scaled_sum, const int32_t *sums, long blocks
) {
  vf acc = splat(0);
  vf super = splat(0), super_min = splat(0);
  for (long b = 0; b < blocks; b++) {
    vb v[8];
    int32_t a[8];
    unpack(w->codes, codes + b * gbx_code_bytes(w->codes), v);
    memcpy(a, q + b * 32, 32);
    const bool halves = w->scales >= GBX_SUPER_HALF;
    const bool centred = w->scales == GBX_SCALE || w->scales == GBX_SUPER_HALF;
    vi low = splat_i(centred ? -w->zero * sums[2 * b] : 0), high = splat_i(centred ? -w->zero * sums[2 * b + 1] : 0);
    for (int g = 0; g < 4; g++) low = dot4(low, v[g], a[g]);
    for (int g = 4; g < 8; g++) high = dot4(high, v[g], a[g]);
    const long in_super = b & 7;
    if (w->scales == GBX_SCALE || w->scales == GBX_SCALE_MIN) {
      const uint8_t *s = scales + b * (w->scales == GBX_SCALE ? 32 : 64);
      acc = fma_v(float_v(low + high), scales_f16(s) * scale[b], acc);
      if (w->scales == GBX_SCALE_MIN) acc = fma_v(scales_f16(s + 32), splat(scaled_sum[b]), acc);
      continue;
    }
    if (w->scales == GBX_SUPER_MIN) {
      const uint8_t *s = scales + (b >> 3) * 320;
      if (in_super == 0) super = scales_f16(s), super_min = scales_f16(s + 32);
      s += 64 + in_super * 32;
      acc = fma_v(float_v(low + high), super * float_v(bytes_to_int(s)) * scale[b], acc);
      acc = fma_v(super_min * float_v(bytes_to_int(s + 16)), splat(-scaled_sum[b]), acc);
      continue;
    }
    if (w->scales == GBX_SUPER_HALF) {
      const uint8_t *s = scales + (b >> 3) * 320;
      if (in_super == 0) memcpy(&super, s, 64);
      s += 64 + in_super * 32;
      acc = fma_v(float_v(low * chars_to_int(s) + high * chars_to_int(s + 16)), super * scale[b], acc);
      continue;
    }
    (void)halves;
    const uint8_t *s = scales + (b >> 3) * 576;
    if (in_super == 0) super = scales_f16(s), super_min = scales_f16(s + 32);
    s += 64 + in_super * 64;
    acc = fma_v(float_v(low * bytes_to_int(s) + high * bytes_to_int(s + 16)), super * scale[b], acc);
    vi m = bytes_to_int(s + 32) * sums[2 * b] + bytes_to_int(s + 48) * sums[2 * b + 1];
    acc = fma_v(float_v(m), super_min * -scale[b], acc);
  }
  return acc;
}

static void multiply_quantized(
  float *out, long out_row, const gbx_quantized_matrix *w, long first_panel, long last_panel,
  const gbx_quantized_rows *x, long tokens
) {
  for (long p = first_panel; p < last_panel; p++) {
    const long rows = w->rows - p * 16 < 16 ? w->rows - p * 16 : 16;
    for (long t = 0; t < tokens; t++) {
      vf acc = panel_product(
        w, w->code_bytes + p * w->code_stride, w->scale_bytes + p * w->scale_stride, x->q + t * x->blocks * 32,
        x->scale + t * x->blocks, x->scaled_sum + t * x->blocks, x->sums + 2 * t * x->blocks, x->blocks);
      float *y = out + t * out_row + p * 16;
      if (rows == 16) store(y, acc);
      else store_some(y, acc, rows);
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
