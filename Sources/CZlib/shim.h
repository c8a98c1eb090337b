#ifndef GLASSBOX_CZLIB_SHIM_H
#define GLASSBOX_CZLIB_SHIM_H

#include <zlib.h>

// inflateInit2 is a macro, which Swift does not see. 15 bits of window, +16: gzip's frame and checksum.
static inline int gbx_inflate_init_gzip(z_stream *stream) { return inflateInit2(stream, 15 + 16); }

#endif
