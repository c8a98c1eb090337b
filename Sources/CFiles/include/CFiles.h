#ifndef GLASSBOX_CFILES_H
#define GLASSBOX_CFILES_H

#include <stddef.h>

/// Two files or folders take each other's names in one step. Returns 0, or -1 where the system or the disk cannot.
int gbx_swap_names(const char *a, const char *b);

/// Mapped files that are cut short.
///
/// Where another program shortens a file, pages past its new end can no longer be read: the system sends SIGBUS. Within
/// ranges that are registered here such a fault is mended: zeros are put in place of what is missing, the range is marked
/// as damaged, and the read goes on. Whoever reads asks afterwards. Other faults go to the handler that was there before.

/// Registers a range and arms the handler. Returns its number, or -1 where there is no room: it is then not protected.
int gbx_mapping_add(const void *start, size_t size);

/// Takes a range out; to be called before it is unmapped.
void gbx_mapping_remove(int number);

/// Puts the handler in place where another one has been put there since.
void gbx_mapping_arm(void);

/// How many faults were mended so far, in all ranges.
unsigned gbx_mapping_faults(void);

/// Whether a range holds zeros in place of what could not be read.
int gbx_mapping_is_damaged(int number);

#endif
