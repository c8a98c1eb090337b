#define _GNU_SOURCE
#include "CTerminal.h"
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum {
  SIGNALS = 65,
  RESTORE_CAPACITY = 512,
  TAIL = 2048,
  /// Seconds after which a second request to end is taken for impatience with a program that hangs.
  PATIENCE = 2,
};

int gbx_terminal = -1;
pthread_t gbx_screen_thread;
atomic_int gbx_screen_is_ours, gbx_in_crash;

static struct sigaction old[SIGNALS];
static char taken[SIGNALS];
static struct termios saved_modes;
static int have_modes, installed, hooked_exit;
static int wake_pipe = -1;
/// The terminal once more, opened so that writing to it never blocks; −1 where it cannot be.
static int unblocked = -1;
static atomic_uint pending;
static atomic_int terminating;
static _Atomic time_t asked;

static char restore_text[RESTORE_CAPACITY];
static size_t restore_length;
static int error_output = -1;
static off_t error_start;

void gbx_write_all(int fd, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t done = write(fd, bytes, count);
    if (done < 0) {
      if (errno == EINTR) continue;
      return;
    }
    bytes += done;
    count -= (size_t)done;
  }
}

// To a terminal that may not take anything: half a second of waiting, then its queue is emptied (nobody read it), then
// as long again.
static void write_bounded(const char *bytes, size_t count) {
  int fd = unblocked >= 0 ? unblocked : gbx_terminal;
  int rounds = 10;
  while (count > 0 && rounds > 0) {
    struct pollfd out = {.fd = fd, .events = POLLOUT};
    if (poll(&out, 1, 100) <= 0) {
      if (--rounds == 5) {
        tcflow(fd, TCOON);
        tcflush(fd, TCOFLUSH);
      }
      continue;
    }
    ssize_t done = write(fd, bytes, count);
    if (done > 0) {
      bytes += done;
      count -= (size_t)done;
    } else if (done < 0 && errno != EINTR && errno != EAGAIN) {
      return;
    } else {
      rounds--;
    }
  }
}

static int is_terminal(int fd) {
  struct stat one, other;
  return fstat(fd, &one) == 0 && fstat(gbx_terminal, &other) == 0 && one.st_rdev == other.st_rdev
      && S_ISCHR(one.st_mode);
}

// What went to standard error while it was a file: a trap's message is its last line, and the user should see it.
static void show_error_tail(void) {
  struct stat about;
  char text[TAIL];
  if (fstat(STDERR_FILENO, &about) != 0 || !S_ISREG(about.st_mode)) return;
  off_t from = about.st_size - (off_t)sizeof text;
  if (from < error_start) from = error_start;
  ssize_t count = pread(STDERR_FILENO, text, sizeof text, from);
  if (count <= 0) return;
  // Nothing in there may steer the terminal that was just put in order.
  for (ssize_t i = 0; i < count; i++) {
    unsigned char c = (unsigned char)text[i];
    if ((c < 0x20 && c != '\n') || c == 0x7F) text[i] = '?';
  }
  if (is_terminal(error_output)) {
    write_bounded(text, (size_t)count);
  } else {
    gbx_write_all(error_output, text, (size_t)count);
  }
}

void gbx_give_back(int crashed) {
  if (!atomic_exchange(&gbx_screen_is_ours, 0)) return;
  int saved = errno;
  // From a background process group the terminal would stop us for touching it.
  sigset_t block, before;
  sigemptyset(&block);
  sigaddset(&block, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &block, &before);
  write_bounded(restore_text, restore_length);
  if (have_modes) tcsetattr(gbx_terminal, TCSANOW, &saved_modes);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error_output >= 0) {
    if (crashed) show_error_tail();
    dup2(error_output, STDERR_FILENO);
  }
  errno = saved;
}

void gbx_screen_restore(void) { gbx_give_back(0); }

void gbx_end_by(int number) {
  signal(number, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  raise(number);
  pthread_sigmask(SIG_UNBLOCK, &only, NULL);
  // Blocked here, another thread may take it.
  kill(getpid(), number);
  _exit(128 + number);
}

static time_t seconds(void) {
  struct timespec now;
  return clock_gettime(CLOCK_MONOTONIC, &now) == 0 ? now.tv_sec : 0;
}

static void on_soft(int number) {
  int saved = errno;
  unsigned bit = 0;
  switch (number) {
  case SIGWINCH: bit = GBX_SIGNAL_RESIZE; break;
  case SIGTSTP: bit = GBX_SIGNAL_STOP; break;
  case SIGCONT: bit = GBX_SIGNAL_CONTINUE; break;
  default: bit = GBX_SIGNAL_TERMINATE; break;
  }
  unsigned before = atomic_fetch_or(&pending, bit);
  if (bit == GBX_SIGNAL_TERMINATE) {
    // A second request while the first was not even seen, seconds ago: the program hangs, so end it here. A terminal
    // that goes away sends several at once, and none of them is impatience.
    if (!(before & GBX_SIGNAL_TERMINATE)) {
      atomic_store(&asked, seconds());
      atomic_store(&terminating, number);
    } else if (number != SIGHUP && seconds() - atomic_load(&asked) > PATIENCE) {
      gbx_give_back(0);
      gbx_end_by(number);
    }
    gbx_watch_begin();
  }
  char byte = 's';
  ssize_t ignored = write(wake_pipe, &byte, 1);
  (void)ignored;
  errno = saved;
}

// Whether a signal's usual effect is to end the program, without there being a fault.
static int ends(int number) {
  switch (number) {
  case SIGTERM: case SIGHUP: case SIGINT: case SIGQUIT: case SIGUSR1: case SIGUSR2: case SIGALRM: case SIGVTALRM:
  case SIGPROF: case SIGXCPU:
    return 1;
#ifdef SIGIO
  case SIGIO: return 1;
#endif
#ifdef SIGPWR
  case SIGPWR: return 1;
#endif
#ifdef SIGSTKFLT
  case SIGSTKFLT: return 1;
#endif
  default: break;
  }
#ifdef SIGRTMIN
  return number >= SIGRTMIN && number <= SIGRTMAX;
#else
  return 0;
#endif
}

static void take(int number, void (*handler)(int)) {
  struct sigaction action = {0};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  if (sigaction(number, NULL, &old[number]) != 0) return;
  // What was ignored before (nohup, a job in the background) stays so.
  if (ends(number) && !(old[number].sa_flags & SA_SIGINFO) && old[number].sa_handler == SIG_IGN) return;
  taken[number] = sigaction(number, &action, NULL) == 0;
}

static void open_unblocked(void) {
  if (unblocked >= 0) close(unblocked);
  unblocked = -1;
#if defined(__linux__)
  // Not a duplicate: that would share its flags with the shell's descriptor.
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", gbx_terminal);
  unblocked = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
#endif
}

int gbx_signals_install(int terminal_fd, int pipe_fd) {
  gbx_terminal = terminal_fd;
  wake_pipe = pipe_fd;
  have_modes = tcgetattr(terminal_fd, &saved_modes) == 0;
  open_unblocked();
  if (installed) return have_modes ? 0 : -1;
  installed = 1;
  atomic_store(&pending, 0);
  gbx_watch_start();
  for (int number = 1; number < SIGNALS; number++) {
    taken[number] = 0;
    if (ends(number)) take(number, on_soft);
  }
  take(SIGWINCH, on_soft);
  take(SIGTSTP, on_soft);
  take(SIGCONT, on_soft);
  take(GBX_NUDGE, gbx_on_nudge);
  take(SIGPIPE, SIG_IGN);
  // A file beyond the limit is then a write that fails, which is told.
  take(SIGXFSZ, SIG_IGN);
  gbx_crash_install();
  if (!hooked_exit) {
    hooked_exit = 1;
    atexit(gbx_screen_restore);
  }
  return have_modes ? 0 : -1;
}

void gbx_signals_remove(void) {
  if (!installed) return;
  installed = 0;
  for (int number = 1; number < SIGNALS; number++) {
    if (taken[number]) sigaction(number, &old[number], NULL);
  }
  gbx_crash_remove();
  gbx_watch_stop();
}

unsigned gbx_signals_take(int *which) {
  *which = atomic_load(&terminating);
  return atomic_exchange(&pending, 0);
}

void gbx_screen_entered(const char *restore, int saved_stderr) {
  size_t length = strlen(restore);
  if (length > RESTORE_CAPACITY) length = RESTORE_CAPACITY;
  memcpy(restore_text, restore, length);
  restore_length = length;
  error_output = saved_stderr;
  struct stat about;
  error_start = saved_stderr >= 0 && fstat(STDERR_FILENO, &about) == 0 ? about.st_size : 0;
  gbx_screen_thread = pthread_self();
  atomic_store(&gbx_screen_is_ours, 1);
}

void gbx_screen_left(void) { atomic_store(&gbx_screen_is_ours, 0); }

void gbx_stop_process_group(void) {
  struct sigaction action = {0}, before;
  sigemptyset(&action.sa_mask);
  // The others of the group first (a script that runs us). Ourselves by raise: sent to the process, the signal could
  // reach another thread, and later than the next line here.
  action.sa_handler = SIG_IGN;
  sigaction(SIGTSTP, &action, &before);
  kill(0, SIGTSTP);
  action.sa_handler = SIG_DFL;
  sigaction(SIGTSTP, &action, NULL);
  raise(SIGTSTP);
  sigaction(SIGTSTP, &before, NULL);
  atomic_fetch_and(&pending, ~(unsigned)(GBX_SIGNAL_STOP | GBX_SIGNAL_CONTINUE));
}
