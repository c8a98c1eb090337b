#include "CKernels.h"

const char *gbx_kernels_name(void) { return "portable"; }
