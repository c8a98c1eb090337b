#include "CTerminal.h"
#include <stdlib.h>

#if defined(__GLIBC__)
#include <malloc.h>

void gbx_reuse_large_blocks(void) {
  mallopt(M_MMAP_THRESHOLD, 16 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
}
#else
void gbx_reuse_large_blocks(void) {}
#endif
