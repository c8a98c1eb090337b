#ifndef GLASSBOX_CKERNELS_H
#define GLASSBOX_CKERNELS_H

// Numeric loops only: no allocation, no threads, no dependency.
const char *gbx_kernels_name(void);

#endif
