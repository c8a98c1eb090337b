#ifndef GLASSBOX_CKERNELS_H
#define GLASSBOX_CKERNELS_H

// Inner loops only: no threads, no dependency, and no allocation but for the words and pieces that are kept.
//
// How one source serves every instruction set
// -------------------------------------------
// A kernel is written once, in a `*.inc.h` file, as static functions over 16-lane vectors (simd.inc.h). Each
// `isa_NAME.c` sets the macros that describe its instruction set, opens `#pragma clang attribute push` with the
// matching target, includes the `*.inc.h` files and fills one table of function pointers. The table is chosen once,
// at start, by what the processor has (isa.h). No -march, no ifunc.
// To add a family of kernels (say `train_`): write `train_ops.inc.h`; declare its own table type in
// `include/train_kernels.h` (included below); write `train_portable.c`, `train_avx2.c`, `train_avx512.c`,
// `train_neon.c` of a dozen lines each after the pattern of `isa_*.c`; choose with `gbx_isa_supported`.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { GBX_PORTABLE = 0, GBX_NEON = 1, GBX_AVX2 = 2, GBX_AVX512 = 3, GBX_ISA_COUNT = 4 } gbx_isa;

/// Whether this build has the variant and this processor can run it.
bool gbx_isa_supported(gbx_isa isa);

/// Element type of float panels and of keys and values.
typedef enum { GBX_F32 = 0, GBX_F16 = 1, GBX_BF16 = 2 } gbx_float_type;

/// Rows of a weight panel, and lanes of every kernel: panels are k-major, element (row r, column k) of a float panel
/// lies at [k * 16 + r].
#define GBX_PANEL 16
/// Columns that share one scale in quantised activations and weights.
#define GBX_BLOCK 32
/// Tokens of one page of keys and values.
#define GBX_PAGE_TOKENS 32

#include "gbx_quantized.h"
#include "gbx_attention.h"

/// One instruction set's kernels. `long` counts elements unless said otherwise; `y` may be `x` where an operation is
/// elementwise. Sums run over 16 lanes in a fixed order: a result depends on its row only, never on batch or threads.
typedef struct gbx_kernels {
  gbx_isa isa;
  const char *name;

  // --- rows
  /// y = x / sqrt(mean(x²) + epsilon) · (w + offset); w NULL: ones.
  void (*rms_norm)(float *y, const float *x, const float *w, float offset, float epsilon, long n);
  /// y = (x − mean) / sqrt(variance + epsilon) · (w + offset) + b; b NULL: zeros.
  void (*layer_norm)(float *y, const float *x, const float *w, const float *b, float offset, float epsilon, long n);
  /// x becomes softmax(x · scale); returns log Σ exp(x · scale).
  float (*softmax)(float *x, float scale, long n);
  float (*log_sum_exp)(const float *x, long n);
  /// First index of the largest value (NaN never wins); 0 when none.
  long (*argmax)(const float *x, long n);
  float (*dot)(const float *x, const float *y, long n);
  float (*sum)(const float *x, long n);
  /// y += a·x
  void (*axpy)(float *y, float a, const float *x, long n);
  void (*add)(float *y, const float *x, const float *z, long n);
  void (*multiply)(float *y, const float *x, const float *z, long n);
  /// y = a·x
  void (*scale)(float *y, float a, const float *x, long n);
  /// y = cap · tanh(x / cap)
  void (*softcap)(float *y, const float *x, float cap, long n);
  // Activations, and activation(gate) · up. GELU exact by erf, and by its tanh form.
  void (*silu)(float *y, const float *x, long n);
  void (*gelu)(float *y, const float *x, long n);
  void (*gelu_tanh)(float *y, const float *x, long n);
  void (*relu)(float *y, const float *x, long n);
  void (*silu_multiply)(float *y, const float *gate, const float *up, long n);
  void (*gelu_multiply)(float *y, const float *gate, const float *up, long n);
  void (*gelu_tanh_multiply)(float *y, const float *gate, const float *up, long n);
  void (*relu_multiply)(float *y, const float *gate, const float *up, long n);
  void (*exponential)(float *y, const float *x, long n);
  /// Rotates the first 2·pairs values of each of `heads` heads of `head_dimension` values in place, pairing i with
  /// i + pairs: cosine and sine hold `pairs` values for the row's position (any attention factor multiplied in).
  void (*rope)(float *x, const float *cosine, const float *sine, long heads, long head_dimension, long pairs);
  void (*f32_from_f16)(float *y, const uint16_t *x, long n);
  void (*f16_from_f32)(uint16_t *y, const float *x, long n);
  void (*f32_from_bf16)(float *y, const uint16_t *x, long n);
  void (*bf16_from_f32)(uint16_t *y, const float *x, long n);

  // --- float products
  /// Rows of an A tile, and panels of 16 columns the micro-kernel takes beside each other.
  long tile_rows, tile_panels;
  /// A[m,k] at a[i·row + p·column] into tiles of `tile_rows` rows, k-major: [tile][k][tile_rows], zero padded.
  void (*pack_a)(float *out, const float *a, long row, long column, long m, long k);
  /// B[k,n] at b[p·row + j·column] into panels of 16 columns, k-major; panels lie `panel_stride` elements apart.
  void (*pack_b)(float *out, const float *b, long row, long column, long k, long n, long panel_stride);
  /// C[m,n] (+)= A·B with A packed by `pack_a` (tiles `tile_stride` apart) and B in panels of `type`, `panel_stride`
  /// elements apart. Each element of C is one chain over k, so it does not matter how m, n and k are cut.
  void (*multiply_packed)(float *c, long c_row, const float *a, long tile_stride, const void *b, gbx_float_type type,
    long panel_stride, long m, long n, long k, bool accumulate);
  /// The same with A row-major, rows `a_row` apart.
  void (*multiply_rows)(float *c, long c_row, const float *a, long a_row, const void *b, gbx_float_type type,
    long panel_stride, long m, long n, long k, bool accumulate);

  // --- integer products
  /// One row of x into blocks of 32 codes, the tail padded with zeros.
  void (*quantize_row)(gbx_quantized_block *out, const float *x, long n);
  /// out[token·out_row + r] = (weights · activations)(r, token) for panels first ..< last and `tokens` rows of x, each
  /// columns / 32 blocks.
  void (*multiply_quantized)(float *out, long out_row, const gbx_quantized_matrix *w, long first_panel,
    long last_panel, const gbx_quantized_block *x, long tokens);
  /// Panel p as floats, [column][16].
  void (*unpack_quantized)(float *out, const gbx_quantized_matrix *w, long p);

  // --- attention
  /// See gbx_attention.h.
  void (*store_key_value)(const gbx_attention_shape *shape, void *keys, void *values, long slot, const float *key,
    const float *value);
  void (*attend)(const gbx_attention_shape *shape, const gbx_attention_span *span);
} gbx_kernels;

/// The table of one variant; NULL where `gbx_isa_supported` is false.
const gbx_kernels *gbx_kernels_for(gbx_isa isa);

/// Values of a ggml-typed row (GGUF type number, `n` a whole number of blocks) as ggml computes them. Returns false
/// on an unknown type.
bool gbx_dequantize(uint32_t ggml_type, const void *source, long n, float *out);
/// ggml's Q8_0: n a multiple of 32; 34 bytes per 32 values.
void gbx_quantize_q8_0(const float *x, long n, void *out);

/// A pause inside a spin loop.
static inline void gbx_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

#include "train_kernels.h"
#include "gbx_tokenize.h"
#include "gbx_pieces.h"
#include "gbx_merge.h"
#include "gbx_unigram.h"

#endif
