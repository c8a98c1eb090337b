#include "CKernels.h"
#include <math.h>
#include <string.h>

void gbx_attention_merge(const gbx_attention_shape *s, const float *partials, long spans, long tokens, float *output,
  long output_row) {
  const long d = s->head_dimension, group = s->heads / s->kv_heads, width = gbx_padded(d) + 2;
  const long size = tokens * group * width;
  for (long i = 0; i < tokens; i++)
    for (long g = 0; g < group; g++) {
      const float *p = partials + (i * group + g) * width;
      float *y = output + i * output_row + g * d;
      float maximum = p[0], total = p[1];
      memcpy(y, p + 2, (size_t)d * 4);
      for (long n = 1; n < spans; n++) {
        const float *q = p + n * size;
        const float top = q[0] > maximum ? q[0] : maximum;
        const float a = expf(maximum - top), b = expf(q[0] - top);
        total = total * a + q[1] * b;
        for (long j = 0; j < d; j++) y[j] = y[j] * a + q[2 + j] * b;
        maximum = top;
      }
      const float inverse = 1 / total;
      for (long j = 0; j < d; j++) y[j] *= inverse;
    }
}
