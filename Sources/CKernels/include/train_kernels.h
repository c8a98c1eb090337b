#ifndef GLASSBOX_TRAIN_KERNELS_H
#define GLASSBOX_TRAIN_KERNELS_H

// Forward and backward loops of training. Matrices are row-major; `accumulate` adds to an output instead of setting
// it. A sum that crosses rows is taken over the rows of one call, in their order: callers cut rows at fixed places,
// so no result depends on the number of threads.

#include "CKernels.h"

typedef enum { GBX_SILU = 0, GBX_GELU = 1, GBX_GELU_TANH = 2, GBX_RELU = 3 } gbx_activation;

typedef struct {
  float rate, beta1, beta2, epsilon, decay;
  /// 1 − βᵗ of both moments at this step.
  float correction1, correction2;
  /// Gradients are multiplied by it first: the factor of clipping.
  float gradient_scale;
} gbx_adamw;

/// One sequence and one key/value head: `tokens` rows of q, k, v, out, whose pointers stand at the first head of the
/// group in the sequence's first row; rows lie `query_row` and `key_row` floats apart.
typedef struct {
  long tokens, head_dimension, group, query_row, key_row;
  float scale;
  /// 0: none.
  float softcap;
  /// 0: all before.
  long window;
  const float *query, *key, *value;
  float *output;
  /// log Σ exp of each row's scores: [group][tokens], heads `lse_row` apart.
  float *lse;
  long lse_row;
  /// Backward: ∂output, and where the others go; the latter are set, not added to.
  const float *d_output;
  float *d_query, *d_key, *d_value;
} gbx_train_attention;

typedef struct gbx_train_kernels {
  gbx_isa isa;

  /// y = norm(x)·(w + offset) (+ b): RMSNorm where `layer` is false. statistics: 1/rms a row; (mean, 1/deviation) pairs
  /// for LayerNorm.
  void (*norm_forward)(float *y, const float *x, const float *w, const float *b, float offset, float epsilon,
    bool layer, long rows, long n, float *statistics);
  /// dw and db (NULL: not wanted) receive these rows' sums.
  void (*norm_backward)(float *dx, bool accumulate, const float *dy, const float *x, const float *w, float offset,
    bool layer, long rows, long n, const float *statistics, float *dw, float *db);

  /// y = activation(gate) · up, or activation(gate) where up is NULL.
  void (*activation_forward)(float *y, const float *gate, const float *up, gbx_activation kind, long n);
  /// d_gate may be gate and d_up may be up.
  void (*activation_backward)(float *d_gate, float *d_up, const float *dy, const float *gate, const float *up,
    gbx_activation kind, long n);

  /// y = x + s·z
  void (*add_scaled)(float *y, const float *x, float s, const float *z, long n);
  /// out[j] (+)= Σ_i x[i·row + j]
  void (*column_sums)(float *out, bool accumulate, const float *x, long row, long rows, long n);
  double (*sum_of_squares)(const float *x, long n);
  bool (*all_finite)(const float *x, long n);

  /// Turns each row of logits into its gradient, (softmax − one-hot)·scale, and gives each row's loss; a target < 0
  /// gives zeros. cap > 0: logits are cap·tanh(x/cap) first.
  void (*cross_entropy)(float *logits, long row, long rows, long n, const int32_t *targets, float scale, float cap,
    float *losses);
  /// The loss alone.
  void (*cross_entropy_loss)(float *logits, long row, long rows, long n, const int32_t *targets, float cap,
    float *losses);

  void (*adamw)(float *p, float *m, float *v, const float *g, const gbx_adamw *settings, long n);
  /// m = momentum·m + g; p = p·(1 − rate·decay) − rate·m
  void (*sgd)(float *p, float *m, const float *g, const gbx_adamw *settings, long n);

  /// Floats of scratch, 64-byte aligned, that one call needs.
  long (*attention_scratch)(long tokens, long head_dimension, bool backward);
  void (*attention_forward)(const gbx_train_attention *a, float *scratch);
  void (*attention_backward)(const gbx_train_attention *a, float *scratch);
} gbx_train_kernels;

/// The table of one instruction set; NULL where `gbx_isa_supported` is false.
const gbx_train_kernels *gbx_train_kernels_for(gbx_isa isa);

#endif
