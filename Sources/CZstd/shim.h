#ifndef GLASSBOX_CZSTD_SHIM_H
#define GLASSBOX_CZSTD_SHIM_H

#include <zstd.h>

#endif
