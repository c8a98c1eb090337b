#ifndef GLASSBOX_CTERMINAL_H
#define GLASSBOX_CTERMINAL_H

#include <stdint.h>

/// The part of terminal handling that runs inside signal handlers: only async-signal-safe calls, no allocation, no Swift.

/// Bits of what `gbx_signals_take` returns.
enum {
  GBX_SIGNAL_RESIZE = 1,
  GBX_SIGNAL_TERMINATE = 2,
  GBX_SIGNAL_STOP = 4,
  GBX_SIGNAL_CONTINUE = 8,
};

/// Saves the terminal's modes and catches signals. Every signal whose usual effect is to end the program without a fault
/// (TERM, HUP, INT, QUIT, USR1, USR2, ALRM, VTALRM, PROF, XCPU, IO, PWR, the real-time ones), and WINCH, TSTP, CONT, set a
/// bit and write a byte to `pipe_fd`; those that were ignored before stay ignored. A crash (SEGV, BUS, ILL, FPE, ABRT,
/// TRAP, SYS) first holds the screen's thread and gives the terminal back, then goes on to whatever handled it before.
/// Once the program is asked to end, a terminal that takes no output has its queue emptied, so that nothing waits for it.
/// To be called before ncurses starts, which leaves handlers alone that are already there.
/// Returns 0, or -1 when `terminal_fd` is not a terminal (signals are caught all the same).
int gbx_signals_install(int terminal_fd, int pipe_fd);

/// Puts back what was there before `gbx_signals_install`.
void gbx_signals_remove(void);

/// The bits set since the last call; the number of the first terminating signal of those goes to `*terminating`.
unsigned gbx_signals_take(int *terminating);

/// Tells the crash handler that the screen is ours, drawn by the calling thread, or no longer is. `restore` is what undoes our terminal modes (copied);
/// `saved_stderr` is where standard error went before it was sent to a file, or -1.
void gbx_screen_entered(const char *restore, int saved_stderr);
void gbx_screen_left(void);

/// Gives the terminal back at once, from any context: for handlers and `atexit`. Does nothing when the screen is not ours.
void gbx_screen_restore(void);

/// As `gbx_screen_restore`, by a thread that is about to end the program: the screen's thread stands still from then on.
void gbx_screen_abandon(void);

/// Asks the scheduler for short slices for the calling thread, not for threads it starts: one that wakes often for little
/// work (the screen's) then runs soon although others keep all cores busy. Linux 6.12 and later; elsewhere nothing happens.
/// Returns 0, or -1 where it was refused.
int gbx_prefer_short_slices(void);

/// Lets malloc keep freed blocks of up to some megabytes. A text of a megabyte is copied at every key; by default each copy
/// would take fresh pages from the kernel, which costs three times as much as the copy. Only glibc; elsewhere nothing happens.
void gbx_reuse_large_blocks(void);

/// Stops the whole process group as the shell's Ctrl-Z does; returns when it continues.
void gbx_stop_process_group(void);

#endif
