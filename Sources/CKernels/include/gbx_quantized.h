#ifndef GLASSBOX_QUANTIZED_H
#define GLASSBOX_QUANTIZED_H

#include <stdint.h>

// Integer products: weights as unsigned codes in panels of 16 rows, activations as int8, exact integer sums per block
// of 32 columns, then one float chain over blocks for each output element.

/// How codes lie. One block is 16 rows × 32 columns; group g holds columns 4g ..< 4g+4 as [row][4].
typedef enum {
  /// 8 groups of 64 bytes.
  GBX_CODES_8 = 0,
  /// 4 × 64 bytes: group g in the low nibbles of vector g, group g + 4 in the high nibbles.
  GBX_CODES_4 = 1,
  /// CODES_4, then 64 bytes whose bit g of byte i is the fifth bit of byte i of group g.
  GBX_CODES_5 = 2,
  /// CODES_4, then 2 × 64 bytes: bits 2g' of byte i of vector h: the upper two bits of group 4h + g'.
  GBX_CODES_6 = 3,
} gbx_codes;

/// What multiplies them. Scales lie apart from the codes, one record a block (or a superblock of 8 blocks) and panel.
typedef enum {
  /// f16 d[16] a block: w = d·(q − zero).
  GBX_SCALE = 0,
  /// f16 d[16], m[16] a block: w = d·q + m.
  GBX_SCALE_MIN = 1,
  /// a superblock: f16 d[16], dmin[16], then 8 × (u8 s[16], u8 m[16]): w = d·s·q − dmin·m.
  GBX_SUPER_MIN = 2,
  /// a superblock: f32 d[16], then 8 × (i8 s[2][16]), one for each half block: w = d·s·(q − zero).
  GBX_SUPER_HALF = 3,
  /// a superblock: f16 d[16], dmin[16], then 8 × (u8 s[2][16], u8 m[2][16]): w = d·s·q − dmin·m.
  GBX_SUPER_HALF_MIN = 4,
} gbx_scales;

typedef struct {
  gbx_codes codes;
  gbx_scales scales;
  /// The code of zero (SCALE, SUPER_HALF).
  int32_t zero;
  long rows, columns;
  /// Panel p's codes at code_bytes + p·code_stride, its scale records at scale_bytes + p·scale_stride.
  const uint8_t *code_bytes;
  long code_stride;
  const uint8_t *scale_bytes;
  long scale_stride;
} gbx_quantized_matrix;

/// 32 quantised activations: x ≈ scale · q, codes in ±127.
typedef struct {
  int8_t q[32];
  float scale;
  /// scale · Σq
  float scaled_sum;
  /// Σq, and Σq of the first half.
  int32_t sum, half_sum;
} gbx_quantized_block;

/// Bytes of one block of 16 rows × 32 columns.
static inline long gbx_code_bytes(gbx_codes codes) {
  return codes == GBX_CODES_8 ? 512 : codes == GBX_CODES_4 ? 256 : codes == GBX_CODES_5 ? 320 : 384;
}
/// Blocks that share one scale record, and its bytes for 16 rows.
static inline long gbx_scale_blocks(gbx_scales scales) { return scales < GBX_SUPER_MIN ? 1 : 8; }
static inline long gbx_scale_bytes(gbx_scales scales) {
  return scales == GBX_SCALE ? 32 : scales == GBX_SCALE_MIN ? 64 : scales == GBX_SUPER_HALF_MIN ? 576 : 320;
}

/// Puts one row of a quantised ggml type (n columns, whole blocks) into row r of a panel whose codes and scale records
/// start at the given places. Types without blocks are ignored.
void gbx_pack_row(uint32_t ggml_type, const void *source, long n, long r, uint8_t *codes, uint8_t *scales);

#endif
