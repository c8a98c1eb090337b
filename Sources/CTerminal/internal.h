#ifndef GLASSBOX_CTERMINAL_INTERNAL_H
#define GLASSBOX_CTERMINAL_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

/// Shared by the files of this target. Everything here is for signal handlers too, but for what starts and ends.

/// The screen's terminal, and the thread that draws on it.
extern int gbx_terminal;
extern pthread_t gbx_screen_thread;
extern atomic_int gbx_screen_is_ours;
/// A crash is being told: the screen's thread is to stand still.
extern atomic_int gbx_in_crash;

/// Sent to the screen's thread: it stands still when there was a crash; a blocked write is tried again.
#define GBX_NUDGE SIGURG
void gbx_on_nudge(int number);

void gbx_write_all(int fd, const char *bytes, size_t count);
void gbx_give_back(int crashed);

/// The handlers of faults; `taken` is told each signal and what was there before.
void gbx_crash_install(void);
void gbx_crash_remove(void);
/// Gives a signal its usual effect, on this process, now.
void gbx_end_by(int number);

/// Writes where an address lies: the function and how far into it, the module and how far into that.
void gbx_print_frame(int fd, void *address);

/// A thread that empties the terminal's queue where nobody reads it, once `gbx_watch_begin` was called.
void gbx_watch_start(void);
void gbx_watch_begin(void);
void gbx_watch_stop(void);

#endif
