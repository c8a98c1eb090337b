// ggml's block formats to float, in ggml's own order of operations (no fused multiply-add), so that values agree bit
// for bit. Layouts are those of the GGUF specification's tensor types.
#include "CKernels.h"
#include <string.h>

#pragma clang fp contract(off)

static float half(const uint8_t *p) {
  uint16_t h;
  memcpy(&h, p, 2);
  uint32_t sign = (uint32_t)(h & 0x8000) << 16, magnitude = (uint32_t)(h & 0x7fff) << 13;
  float f;
  if (magnitude >= 0x0f800000) {
    magnitude |= 0x7f800000;
  } else {
    memcpy(&f, &magnitude, 4);
    f *= 0x1p112f;
    memcpy(&magnitude, &f, 4);
  }
  magnitude |= sign;
  memcpy(&f, &magnitude, 4);
  return f;
}

static void q4_0(const uint8_t *p, float *y) {
  const float d = half(p);
  for (int i = 0; i < 16; i++) {
    y[i] = (float)((p[2 + i] & 15) - 8) * d;
    y[i + 16] = (float)((p[2 + i] >> 4) - 8) * d;
  }
}

static void q4_1(const uint8_t *p, float *y) {
  const float d = half(p), m = half(p + 2);
  for (int i = 0; i < 16; i++) {
    y[i] = (float)(p[4 + i] & 15) * d + m;
    y[i + 16] = (float)(p[4 + i] >> 4) * d + m;
  }
}

static void q5_0(const uint8_t *p, float *y) {
  const float d = half(p);
  uint32_t high;
  memcpy(&high, p + 2, 4);
  for (int i = 0; i < 16; i++) {
    int a = (p[6 + i] & 15) | (int)((high >> i) & 1) << 4, b = (p[6 + i] >> 4) | (int)((high >> (i + 16)) & 1) << 4;
    y[i] = (float)(a - 16) * d;
    y[i + 16] = (float)(b - 16) * d;
  }
}

static void q5_1(const uint8_t *p, float *y) {
  const float d = half(p), m = half(p + 2);
  uint32_t high;
  memcpy(&high, p + 4, 4);
  for (int i = 0; i < 16; i++) {
    int a = (p[8 + i] & 15) | (int)((high >> i) & 1) << 4, b = (p[8 + i] >> 4) | (int)((high >> (i + 16)) & 1) << 4;
    y[i] = (float)a * d + m;
    y[i + 16] = (float)b * d + m;
  }
}

static void q8_0(const uint8_t *p, float *y) {
  const float d = half(p);
  for (int i = 0; i < 32; i++) y[i] = (float)(int8_t)p[2 + i] * d;
}

/// scales[16] (low nibble scale, high nibble minimum), qs[64], d, dmin.
static void q2_k(const uint8_t *p, float *y) {
  const float d = half(p + 80), dmin = half(p + 82);
  const uint8_t *q = p + 16;
  int is = 0;
  for (int n = 0; n < 256; n += 128, q += 32)
    for (int shift = 0; shift < 8; shift += 2)
      for (int h = 0; h < 2; h++) {
        const uint8_t s = p[is++];
        const float scale = d * (float)(s & 15), m = dmin * (float)(s >> 4);
        for (int l = 0; l < 16; l++) *y++ = scale * (float)((q[16 * h + l] >> shift) & 3) - m;
      }
}

/// The 16 six-bit scales of Q3_K from their 12 bytes.
static void q3_k_scales(const uint8_t *p, int8_t s[16]) {
  for (int i = 0; i < 16; i++) {
    int low = i < 8 ? p[i] & 15 : p[i - 8] >> 4, high = (p[8 + i % 4] >> (2 * (i / 4))) & 3;
    s[i] = (int8_t)((low | high << 4) - 32);
  }
}

/// hmask[32], qs[64], scales[12], d.
static void q3_k(const uint8_t *p, float *y) {
  const float d = half(p + 108);
  const uint8_t *mask = p, *q = p + 32;
  int8_t s[16];
  q3_k_scales(p + 96, s);
  int is = 0, bit = 0;
  for (int n = 0; n < 256; n += 128, q += 32)
    for (int shift = 0; shift < 8; shift += 2, bit++)
      for (int h = 0; h < 2; h++) {
        const float scale = d * (float)s[is++];
        for (int l = 0; l < 16; l++) {
          int code = ((q[16 * h + l] >> shift) & 3) - ((mask[16 * h + l] >> bit) & 1 ? 0 : 4);
          *y++ = scale * (float)code;
        }
      }
}

/// Scale and minimum j of Q4_K and Q5_K from their 12 bytes.
static void k4_scale(int j, const uint8_t *p, uint8_t *s, uint8_t *m) {
  if (j < 4) {
    *s = p[j] & 63;
    *m = p[j + 4] & 63;
  } else {
    *s = (uint8_t)((p[j + 4] & 15) | (p[j - 4] >> 6) << 4);
    *m = (uint8_t)((p[j + 4] >> 4) | (p[j] >> 6) << 4);
  }
}

/// d, dmin, scales[12], (Q5_K: qh[32],) qs[128].
static void q45_k(const uint8_t *p, float *y, bool five) {
  const float d = half(p), dmin = half(p + 2);
  const uint8_t *high = p + 16, *q = five ? p + 48 : p + 16;
  for (int j = 0; j < 8; j++) {
    uint8_t s, m;
    k4_scale(j, p + 4, &s, &m);
    const float scale = d * (float)s, minimum = dmin * (float)m;
    for (int l = 0; l < 32; l++) {
      int code = j & 1 ? q[j / 2 * 32 + l] >> 4 : q[j / 2 * 32 + l] & 15;
      if (five) code += (high[l] >> j) & 1 ? 16 : 0;
      *y++ = scale * (float)code - minimum;
    }
  }
}

/// ql[128], qh[64], scales[16], d.
static void q6_k(const uint8_t *p, float *y) {
  const float d = half(p + 208);
  for (int n = 0; n < 2; n++) {
    const uint8_t *low = p + 64 * n, *high = p + 128 + 32 * n;
    const int8_t *s = (const int8_t *)p + 192 + 8 * n;
    for (int part = 0; part < 4; part++)
      for (int l = 0; l < 32; l++) {
        int nibble = part < 2 ? low[l + 32 * part] & 15 : low[l + 32 * (part - 2)] >> 4;
        int code = (nibble | ((high[l] >> (2 * part)) & 3) << 4) - 32;
        *y++ = d * (float)s[l / 16 + 2 * part] * (float)code;
      }
  }
}

#define BLOCKS(SIZE, BYTES, CALL) \
  for (long b = 0; b < n / SIZE; b++, p += BYTES, out += SIZE) CALL; \
  return true

bool gbx_dequantize(uint32_t ggml_type, const void *source, long n, float *out) {
  const uint8_t *p = source;
  switch (ggml_type) {
  case 0: memcpy(out, source, (size_t)n * 4); return true;
  case 1: for (long i = 0; i < n; i++) out[i] = half(p + 2 * i); return true;
  case 30:
    for (long i = 0; i < n; i++) {
      uint32_t u = (uint32_t)p[2 * i] << 16 | (uint32_t)p[2 * i + 1] << 24;
      memcpy(out + i, &u, 4);
    }
    return true;
  case 2: BLOCKS(32, 18, q4_0(p, out));
  case 3: BLOCKS(32, 20, q4_1(p, out));
  case 6: BLOCKS(32, 22, q5_0(p, out));
  case 7: BLOCKS(32, 24, q5_1(p, out));
  case 8: BLOCKS(32, 34, q8_0(p, out));
  case 10: BLOCKS(256, 84, q2_k(p, out));
  case 11: BLOCKS(256, 110, q3_k(p, out));
  case 12: BLOCKS(256, 144, q45_k(p, out, false));
  case 13: BLOCKS(256, 176, q45_k(p, out, true));
  case 14: BLOCKS(256, 210, q6_k(p, out));
  default: return false;
  }
}

static uint16_t half_bits(float x) {
  uint32_t u, sign;
  memcpy(&u, &x, 4);
  sign = (u >> 16) & 0x8000;
  u &= 0x7fffffff;
  if (u > 0x7f800000) return (uint16_t)(sign | 0x7e00);
  if (u >= 0x477ff000) return (uint16_t)(sign | 0x7c00);
  if (u < 0x38800000) {
    float f;
    memcpy(&f, &u, 4);
    f += 0.5f;
    memcpy(&u, &f, 4);
    return (uint16_t)(sign | (u - 0x3f000000));
  }
  return (uint16_t)(sign | ((u + 0xc8000fff + ((u >> 13) & 1)) >> 13));
}

void gbx_quantize_q8_0(const float *x, long n, void *out) {
  uint8_t *p = out;
  for (long b = 0; b < n / 32; b++, p += 34, x += 32) {
    float largest = 0;
    for (int i = 0; i < 32; i++) {
      float a = __builtin_fabsf(x[i]);
      if (a > largest) largest = a;
    }
    const float d = largest / 127.0f, inverse = d != 0 ? 1.0f / d : 0;
    const uint16_t h = half_bits(d);
    memcpy(p, &h, 2);
    for (int i = 0; i < 32; i++) p[2 + i] = (uint8_t)(int8_t)__builtin_roundf(x[i] * inverse);
  }
}
