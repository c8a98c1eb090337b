// One instruction set's table of training loops. Included by train_*.c only, after simd.inc.h.
#include "CKernels.h"
#include "train_ops.inc.h"
#include "train_attention.inc.h"

const gbx_train_kernels GBX_TRAIN_TABLE = {
  .isa = GBX_ISA,
  .norm_forward = norm_forward,
  .norm_backward = norm_backward,
  .activation_forward = activation_forward,
  .activation_backward = activation_backward,
  .add_scaled = add_scaled,
  .column_sums = column_sums,
  .sum_of_squares = sum_of_squares,
  .all_finite = all_finite,
  .cross_entropy = cross_entropy,
  .cross_entropy_loss = cross_entropy_loss,
  .adamw = adamw,
  .sgd = sgd,
  .attention_scratch = attention_scratch,
  .attention_forward = attention_forward,
  .attention_backward = attention_backward,
};
