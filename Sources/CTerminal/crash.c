#define _GNU_SOURCE
#include "internal.h"

#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
enum { CRASH = sizeof crash_signals / sizeof *crash_signals };

static struct sigaction before_us[CRASH];
static pthread_t crashed;
static volatile sig_atomic_t crash_number;
static atomic_int held;

// The screen's thread while another has crashed: it may be in the middle of a frame, and what it sends now would come
// after the sequences that leave the screen.
void gbx_on_nudge(int number) {
  (void)number;
  if (!atomic_load(&gbx_in_crash) || pthread_equal(crashed, pthread_self())) return;
  atomic_store(&held, 1);
  for (;;) pause();
}

static void hold_screen_thread(void) {
  if (pthread_equal(gbx_screen_thread, pthread_self()) || pthread_kill(gbx_screen_thread, GBX_NUDGE) != 0) return;
  struct timespec moment = {.tv_nsec = 1000 * 1000};
  for (int i = 0; i < 300 && !atomic_load(&held); i++) nanosleep(&moment, NULL);
}

void gbx_screen_abandon(void) {
  if (!atomic_load(&gbx_screen_is_ours)) return;
  if (atomic_exchange(&gbx_in_crash, 1)) return;
  crashed = pthread_self();
  hold_screen_thread();
  gbx_give_back(0);
}

static void say(const char *text) { gbx_write_all(STDERR_FILENO, text, strlen(text)); }

static void on_late(int number) {
  (void)number;
  gbx_end_by(crash_number);
}

// A plain backtrace, for machines without Swift's own backtracer. Names as people write them need the heap, which may be
// what broke, and the terminal may not be read: an alarm ends the attempt.
static void print_backtrace(int number) {
  void *frames[64];
  crash_number = number;
  signal(SIGALRM, on_late);
  alarm(3);
  say("\nThe program crashed: ");
  say(strsignal(number));
  say("\n");
  int count = backtrace(frames, 64);
  for (int i = 2; i < count; i++) {
    // A stack that overflowed is one place again and again.
    if (i > 2 && i < count - 1 && frames[i] == frames[i - 1]) {
      if (frames[i + 1] != frames[i]) say("  … again and again\n");
      continue;
    }
    gbx_print_frame(STDERR_FILENO, frames[i]);
  }
  alarm(0);
}

static void put_back(void) {
  for (int i = 0; i < CRASH; i++) sigaction(crash_signals[i], &before_us[i], NULL);
}

static void on_crash(int number, siginfo_t *info, void *context);

static int is_ours(int number) {
  struct sigaction now;
  return sigaction(number, NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO) && now.sa_sigaction == on_crash;
}

static void on_crash(int number, siginfo_t *info, void *context) {
  struct sigaction former = {0};
  for (int i = 0; i < CRASH; i++) {
    if (crash_signals[i] == number) former = before_us[i];
  }
  int is_fault = info != NULL && info->si_code > 0 && number != SIGABRT && number != SIGTRAP;
  // A page of a file that is no longer there may be mended by whoever mapped it, who leaves things as they are then.
  if (is_fault && number == SIGBUS && (former.sa_flags & SA_SIGINFO)) {
    former.sa_sigaction(number, info, context);
    if (is_ours(number)) return;
  }
  if (atomic_exchange(&gbx_in_crash, 1)) {
    // A crash of another thread while the first is told; the first ends both.
    if (!pthread_equal(crashed, pthread_self())) {
      for (;;) pause();
    }
    for (int i = 0; i < CRASH; i++) signal(crash_signals[i], SIG_DFL);
    gbx_end_by(number);
  }
  crashed = pthread_self();
  if (atomic_load(&gbx_screen_is_ours)) {
    hold_screen_thread();
    gbx_give_back(1);
    // A backtracer that asks "press a key" must not wait: nobody knows that it asks.
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing >= 0) {
      dup2(nothing, STDIN_FILENO);
      close(nothing);
    }
  }
  if (!(former.sa_flags & SA_SIGINFO) && former.sa_handler == SIG_DFL) print_backtrace(number);
  put_back();
  // A fault comes again when the instruction is run again, now under the handler that was there before (Swift's, which
  // prints a backtrace and leaves the default one). A signal that was sent does not come again by itself.
  if (is_fault) return;
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  pthread_sigmask(SIG_UNBLOCK, &only, NULL);
  raise(number);
  gbx_end_by(number);
}

void gbx_crash_install(void) {
  struct sigaction crash = {0};
  crash.sa_sigaction = on_crash;
  // On a stack of its own where the thread has one: an overflow of the stack is a crash too.
  crash.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&crash.sa_mask);
  for (int i = 0; i < CRASH; i++) sigaction(crash_signals[i], &crash, &before_us[i]);
}

void gbx_crash_remove(void) { put_back(); }
