// ggml rows into the panels of gbx_quantized.h. Codes and scales keep their values; only their places change.
#include "CKernels.h"
#include <string.h>

/// Codes of 32 columns into row r of a block.
static void put_codes(uint8_t *block, gbx_codes codes, long r, const uint8_t q[32]) {
  uint32_t w[8], packed;
  memcpy(w, q, 32);
  if (codes == GBX_CODES_8) {
    for (int g = 0; g < 8; g++) memcpy(block + g * 64 + r * 4, w + g, 4);
    return;
  }
  for (int g = 0; g < 4; g++) {
    packed = (w[g] & 0x0f0f0f0f) | (w[g + 4] & 0x0f0f0f0f) << 4;
    memcpy(block + g * 64 + r * 4, &packed, 4);
  }
  if (codes == GBX_CODES_5) {
    packed = 0;
    for (int g = 0; g < 8; g++) packed |= ((w[g] >> 4) & 0x01010101) << g;
    memcpy(block + 256 + r * 4, &packed, 4);
  }
  if (codes == GBX_CODES_6)
    for (int h = 0; h < 2; h++) {
      packed = 0;
      for (int g = 0; g < 4; g++) packed |= ((w[4 * h + g] >> 4) & 0x03030303) << (2 * g);
      memcpy(block + 256 + h * 64 + r * 4, &packed, 4);
    }
}

static void nibbles(uint8_t q[32], const uint8_t *p) {
  for (int i = 0; i < 16; i++) {
    q[i] = p[i] & 15;
    q[i + 16] = p[i] >> 4;
  }
}

/// The fifth bits of Q5_0 and Q5_1.
static void fifth_bits(uint8_t q[32], const uint8_t *p) {
  uint32_t high;
  memcpy(&high, p, 4);
  for (int i = 0; i < 32; i++) q[i] |= (uint8_t)(((high >> i) & 1) << 4);
}

static void scale_and_min(int j, const uint8_t *p, uint8_t *s, uint8_t *m) {
  *s = j < 4 ? p[j] & 63 : (uint8_t)((p[j + 4] & 15) | (p[j - 4] >> 6) << 4);
  *m = j < 4 ? p[j + 4] & 63 : (uint8_t)((p[j + 4] >> 4) | (p[j] >> 6) << 4);
}

static float half_value(const uint8_t *p) {
  float f;
  gbx_dequantize(1, p, 1, &f);
  return f;
}

/// A block of 32 columns with f16 scales of its own.
static void pack_block(uint32_t type, const uint8_t *p, long r, uint8_t *codes, uint8_t *scales) {
  uint8_t q[32];
  memcpy(scales + 2 * r, p, 2);
  switch (type) {
  case 2:
    nibbles(q, p + 2);
    put_codes(codes, GBX_CODES_4, r, q);
    break;
  case 3:
    nibbles(q, p + 4);
    memcpy(scales + 32 + 2 * r, p + 2, 2);
    put_codes(codes, GBX_CODES_4, r, q);
    break;
  case 6:
    nibbles(q, p + 6);
    fifth_bits(q, p + 2);
    put_codes(codes, GBX_CODES_5, r, q);
    break;
  case 7:
    nibbles(q, p + 8);
    fifth_bits(q, p + 4);
    memcpy(scales + 32 + 2 * r, p + 2, 2);
    put_codes(codes, GBX_CODES_5, r, q);
    break;
  default:
    for (int i = 0; i < 32; i++) q[i] = p[2 + i] ^ 0x80;
    put_codes(codes, GBX_CODES_8, r, q);
  }
}

/// A superblock of 256 columns.
static void pack_super(uint32_t type, const uint8_t *p, long r, uint8_t *codes, uint8_t *scales) {
  uint8_t q[32];
  if (type == 12 || type == 13) {
    const gbx_codes form = type == 12 ? GBX_CODES_4 : GBX_CODES_5;
    const uint8_t *high = p + 16, *qs = type == 12 ? p + 16 : p + 48;
    memcpy(scales + 2 * r, p, 2);
    memcpy(scales + 32 + 2 * r, p + 2, 2);
    for (int j = 0; j < 8; j++) {
      scale_and_min(j, p + 4, scales + 64 + j * 32 + r, scales + 64 + j * 32 + 16 + r);
      for (int i = 0; i < 32; i++) q[i] = j & 1 ? qs[j / 2 * 32 + i] >> 4 : qs[j / 2 * 32 + i] & 15;
      if (type == 13)
        for (int i = 0; i < 32; i++) q[i] |= (uint8_t)(((high[i] >> j) & 1) << 4);
      put_codes(codes + j * gbx_code_bytes(form), form, r, q);
    }
  } else if (type == 14) {
    const float d = half_value(p + 208);
    memcpy(scales + 4 * r, &d, 4);
    for (int j = 0; j < 8; j++) {
      const uint8_t *low = p + 64 * (j / 4) + 32 * (j % 2), *high = p + 128 + 32 * (j / 4);
      const int shift = 2 * (j % 4);
      for (int i = 0; i < 32; i++)
        q[i] = (uint8_t)((j % 4 < 2 ? low[i] & 15 : low[i] >> 4) | ((high[i] >> shift) & 3) << 4);
      scales[64 + j * 32 + r] = p[192 + 2 * j];
      scales[64 + j * 32 + 16 + r] = p[192 + 2 * j + 1];
      put_codes(codes + j * gbx_code_bytes(GBX_CODES_6), GBX_CODES_6, r, q);
    }
  } else if (type == 11) {
    const float d = half_value(p + 108);
    memcpy(scales + 4 * r, &d, 4);
    for (int j = 0; j < 8; j++) {
      const uint8_t *low = p + 32 + 32 * (j / 4);
      for (int i = 0; i < 32; i++) q[i] = (uint8_t)(((low[i] >> (2 * (j % 4))) & 3) | ((p[i] >> j) & 1) << 2);
      for (int h = 0; h < 2; h++) {
        const int s = 2 * j + h;
        const int code = (s < 8 ? p[96 + s] & 15 : p[96 + s - 8] >> 4) | ((p[104 + s % 4] >> (2 * (s / 4))) & 3) << 4;
        scales[64 + j * 32 + 16 * h + r] = (uint8_t)(int8_t)(code - 32);
      }
      put_codes(codes + j * gbx_code_bytes(GBX_CODES_4), GBX_CODES_4, r, q);
    }
  } else {
    memcpy(scales + 2 * r, p + 80, 2);
    memcpy(scales + 32 + 2 * r, p + 82, 2);
    for (int j = 0; j < 8; j++) {
      const uint8_t *low = p + 16 + 32 * (j / 4);
      for (int i = 0; i < 32; i++) q[i] = (low[i] >> (2 * (j % 4))) & 3;
      for (int h = 0; h < 2; h++) {
        scales[64 + j * 64 + 16 * h + r] = p[2 * j + h] & 15;
        scales[64 + j * 64 + 32 + 16 * h + r] = p[2 * j + h] >> 4;
      }
      put_codes(codes + j * gbx_code_bytes(GBX_CODES_4), GBX_CODES_4, r, q);
    }
  }
}

void gbx_pack_row(uint32_t ggml_type, const void *source, long n, long r, uint8_t *codes, uint8_t *scales) {
  static const struct {
    uint8_t bytes;
    gbx_codes codes;
    gbx_scales scales;
  } forms[15] = {
    [2] = {18, GBX_CODES_4, GBX_SCALE},           [3] = {20, GBX_CODES_4, GBX_SCALE_MIN},
    [6] = {22, GBX_CODES_5, GBX_SCALE},           [7] = {24, GBX_CODES_5, GBX_SCALE_MIN},
    [8] = {34, GBX_CODES_8, GBX_SCALE},           [10] = {84, GBX_CODES_4, GBX_SUPER_HALF_MIN},
    [11] = {110, GBX_CODES_4, GBX_SUPER_HALF},    [12] = {144, GBX_CODES_4, GBX_SUPER_MIN},
    [13] = {176, GBX_CODES_5, GBX_SUPER_MIN},     [14] = {210, GBX_CODES_6, GBX_SUPER_HALF},
  };
  if (ggml_type >= 15 || forms[ggml_type].bytes == 0) return;
  const uint8_t *p = source;
  const long code_bytes = gbx_code_bytes(forms[ggml_type].codes);
  const long scale_bytes = gbx_scale_bytes(forms[ggml_type].scales);
  const long blocks = gbx_scale_blocks(forms[ggml_type].scales);
  for (long b = 0; b < n / (32 * blocks); b++, p += forms[ggml_type].bytes) {
    uint8_t *c = codes + b * blocks * code_bytes, *s = scales + b * scale_bytes;
    if (blocks == 1) pack_block(ggml_type, p, r, c, s);
    else pack_super(ggml_type, p, r, c, s);
  }
}
