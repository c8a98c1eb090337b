// Everything one instruction set's table needs, and the table. Included by isa_*.c only, after simd.inc.h.
#include "CKernels.h"
#include "elementwise.inc.h"
#include "gemm.inc.h"
#include "quantized.inc.h"
#include "attention.inc.h"

const gbx_kernels GBX_TABLE = {
  .isa = GBX_ISA,
  .name = GBX_ISA_NAME,
  .rms_norm = rms_norm,
  .layer_norm = layer_norm,
  .softmax = softmax,
  .log_sum_exp = log_sum_exp,
  .argmax = argmax,
  .dot = dot,
  .sum = sum,
  .axpy = axpy,
  .add = add,
  .multiply = multiply,
  .scale = scale,
  .softcap = softcap,
  .silu = silu,
  .gelu = gelu,
  .gelu_tanh = gelu_tanh,
  .relu = relu,
  .silu_multiply = silu_multiply,
  .gelu_multiply = gelu_multiply,
  .gelu_tanh_multiply = gelu_tanh_multiply,
  .relu_multiply = relu_multiply,
  .exponential = exponential,
  .rope = rope,
  .f32_from_f16 = f32_from_f16,
  .f16_from_f32 = f16_from_f32,
  .f32_from_bf16 = f32_from_bf16,
  .bf16_from_f32 = bf16_from_f32,
  .tile_rows = GBX_TILE_ROWS,
  .tile_panels = GBX_TILE_PANELS,
  .pack_a = pack_a,
  .pack_b = pack_b,
  .multiply_packed = multiply_packed,
  .multiply_rows = multiply_rows,
  .quantize_row = quantize_row,
  .multiply_quantized = multiply_quantized,
  .unpack_quantized = unpack_quantized,
  .store_key_value = store_key_value,
  .attend = attend,
};
