#ifndef GLASSBOX_CMEMORY_H
#define GLASSBOX_CMEMORY_H

#include <stddef.h>

/// Memory that is not to be had, for code that has no way to say so.
///
/// Large blocks are asked for and refused by name. The many small ones of the Swift runtime, of Foundation and of the
/// libraries trap instead when malloc has nothing. So a little address space is kept in reserve: when malloc fails the
/// reserve is given up and malloc asked again, and while it is given up no large block is granted. When that does not
/// help either, the program ends with a sentence and exit code 1.
///
/// Only with glibc, and not under a sanitizer, which has a malloc of its own; elsewhere all of this does nothing.

/// From now on `bytes` are kept in reserve, and an allocation that fails all the same ends the program.
void gbx_memory_reserve(size_t bytes);

/// Called before the program ends for want of memory: gives the terminal back. Async-signal-safe, without allocation.
void gbx_memory_before_end(void (*before)(void));

/// Takes the reserve back where it was given up. Returns 0 where that cannot be: then there is no room for large blocks.
int gbx_memory_has_reserve(void);

/// Memory as of posix_memalign, to be freed; NULL where there is none, without ending anything.
void *gbx_memory_aligned(size_t alignment, size_t bytes);

/// Ends the program with a sentence that names how much could not be had. Never returns.
_Noreturn void gbx_memory_end(size_t bytes);

#endif
