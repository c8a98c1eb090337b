#define _GNU_SOURCE
#include "CTerminal.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static const int soft_signals[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT};
static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP};
enum {
  SOFT = sizeof soft_signals / sizeof *soft_signals,
  CRASH = sizeof crash_signals / sizeof *crash_signals,
  RESTORE_CAPACITY = 512,
  TAIL = 2048,
};

static struct sigaction old_soft[SOFT], old_crash[CRASH], old_pipe;
static struct termios saved_modes;
static int have_modes, installed, hooked_exit;
static int terminal = -1, wake_pipe = -1;
static atomic_uint pending;
static atomic_int terminating, in_crash;

static atomic_int screen_is_ours;
static char restore_text[RESTORE_CAPACITY];
static size_t restore_length;
static int error_output = -1;
static off_t error_start;

static void write_all(int fd, const char *bytes, size_t count) {
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
  write_all(error_output, text, (size_t)count);
}

static void give_back(int crashed) {
  if (!atomic_exchange(&screen_is_ours, 0)) return;
  int saved = errno;
  // From a background process group the terminal would stop us for touching it.
  sigset_t block, before;
  sigemptyset(&block);
  sigaddset(&block, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &block, &before);
  write_all(terminal, restore_text, restore_length);
  if (have_modes) tcsetattr(terminal, TCSANOW, &saved_modes);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error_output >= 0) {
    if (crashed) show_error_tail();
    dup2(error_output, STDERR_FILENO);
  }
  errno = saved;
}

void gbx_screen_restore(void) { give_back(0); }

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
    // A second request while the first was not even seen: the program hangs, so end it here.
    if (before & GBX_SIGNAL_TERMINATE) {
      give_back(0);
      signal(number, SIG_DFL);
      sigset_t only;
      sigemptyset(&only);
      sigaddset(&only, number);
      raise(number);
      pthread_sigmask(SIG_UNBLOCK, &only, NULL);
      _exit(128 + number);
    }
    atomic_store(&terminating, number);
  }
  char byte = 's';
  ssize_t ignored = write(wake_pipe, &byte, 1);
  (void)ignored;
  errno = saved;
}

// From the Swift runtime, when there is one: the name as a person would write it. Allocates.
extern char *swift_demangle(const char *, size_t, char *, size_t *, uint32_t) __attribute__((weak));

static void say(const char *text) { write_all(STDERR_FILENO, text, strlen(text)); }

// A plain backtrace, for machines without Swift's own backtracer. Names may need the heap, which may be what broke: an
// alarm ends the attempt.
static void print_backtrace(int number) {
  void *frames[64];
  signal(SIGALRM, SIG_DFL);
  alarm(3);
  say("\nThe program crashed: ");
  say(strsignal(number));
  say("\n");
  int count = backtrace(frames, 64);
  for (int i = 2; i < count; i++) {
    Dl_info about;
    if (dladdr(frames[i], &about) == 0 || about.dli_sname == NULL) {
      backtrace_symbols_fd(&frames[i], 1, STDERR_FILENO);
      continue;
    }
    char *name = swift_demangle ? swift_demangle(about.dli_sname, strlen(about.dli_sname), NULL, NULL, 0) : NULL;
    say("  ");
    say(name ? name : about.dli_sname);
    say("\n");
  }
  alarm(0);
}

static void on_crash(int number, siginfo_t *info, void *context) {
  (void)context;
  // Hand the signals back first, so that a crash in here ends the program.
  struct sigaction before = {0};
  for (int i = 0; i < CRASH; i++) {
    sigaction(crash_signals[i], &old_crash[i], NULL);
    if (crash_signals[i] == number) before = old_crash[i];
  }
  if (atomic_exchange(&in_crash, 1)) return;
  if (atomic_load(&screen_is_ours)) {
    give_back(1);
    // A backtracer that asks "press a key" must not wait: nobody knows that it asks.
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing >= 0) {
      dup2(nothing, STDIN_FILENO);
      close(nothing);
    }
  }
  if (!(before.sa_flags & SA_SIGINFO) && before.sa_handler == SIG_DFL) print_backtrace(number);
  // A fault comes again when the instruction is run again, now under the handler that was there before (Swift's, which
  // prints a backtrace and leaves the default one). A signal that was sent does not come again by itself.
  int is_fault = info != NULL && info->si_code > 0 && number != SIGABRT && number != SIGTRAP;
  if (is_fault) return;
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  pthread_sigmask(SIG_UNBLOCK, &only, NULL);
  raise(number);
  signal(number, SIG_DFL);
  raise(number);
  _exit(128 + number);
}

int gbx_signals_install(int terminal_fd, int pipe_fd) {
  terminal = terminal_fd;
  wake_pipe = pipe_fd;
  have_modes = tcgetattr(terminal_fd, &saved_modes) == 0;
  if (installed) return have_modes ? 0 : -1;
  installed = 1;
  atomic_store(&pending, 0);

  // Stack overflow is a crash too: its handler needs a stack of its own.
  stack_t stack;
  if (sigaltstack(NULL, &stack) == 0 && (stack.ss_flags & SS_DISABLE)) {
    size_t size = 1 << 16;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) {
      stack = (stack_t){.ss_sp = memory, .ss_size = size, .ss_flags = 0};
      sigaltstack(&stack, NULL);
    }
  }

  struct sigaction soft = {0}, crash = {0}, ignore = {0};
  soft.sa_handler = on_soft;
  soft.sa_flags = SA_RESTART | SA_ONSTACK;
  sigemptyset(&soft.sa_mask);
  for (int i = 0; i < SOFT; i++) sigaction(soft_signals[i], &soft, &old_soft[i]);
  crash.sa_sigaction = on_crash;
  crash.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&crash.sa_mask);
  for (int i = 0; i < CRASH; i++) sigaction(crash_signals[i], &crash, &old_crash[i]);
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &old_pipe);
  if (!hooked_exit) {
    hooked_exit = 1;
    atexit(gbx_screen_restore);
  }
  return have_modes ? 0 : -1;
}

void gbx_signals_remove(void) {
  if (!installed) return;
  installed = 0;
  for (int i = 0; i < SOFT; i++) sigaction(soft_signals[i], &old_soft[i], NULL);
  for (int i = 0; i < CRASH; i++) sigaction(crash_signals[i], &old_crash[i], NULL);
  sigaction(SIGPIPE, &old_pipe, NULL);
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
  atomic_store(&screen_is_ours, 1);
}

void gbx_screen_left(void) { atomic_store(&screen_is_ours, 0); }

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
