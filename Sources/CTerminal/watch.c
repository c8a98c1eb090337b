#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

// A terminal that nobody reads (a stopped reader, a lost connection) takes a few kilobytes and then blocks whoever draws.
// That is as it should be, until the program is asked to end: then the screen's thread has to save things, and what is in
// the terminal's queue is thrown away so that it can.

enum { CHECK_MILLISECONDS = 500 };

static int ends[2] = {-1, -1};
static pthread_t thread;
static int is_running;

static void *watch(void *nothing) {
  (void)nothing;
  char byte = 0;
  int is_asked = 0;
  for (;;) {
    struct pollfd order = {.fd = ends[0], .events = POLLIN};
    if (poll(&order, 1, is_asked ? CHECK_MILLISECONDS / 5 : -1) > 0) {
      if (read(ends[0], &byte, 1) == 1) {
        if (byte == 'q') return NULL;
        is_asked = 1;
      }
    }
    if (!is_asked || !atomic_load(&gbx_screen_is_ours)) continue;
    struct pollfd out = {.fd = gbx_terminal, .events = POLLOUT};
    if (poll(&out, 1, CHECK_MILLISECONDS) != 0) continue;
    tcflow(gbx_terminal, TCOON);
    tcflush(gbx_terminal, TCOFLUSH);
    // A write that sleeps does not notice by itself that there is room.
    pthread_kill(gbx_screen_thread, GBX_NUDGE);
  }
}

void gbx_watch_start(void) {
  if (pipe(ends) != 0) {
    ends[0] = ends[1] = -1;
    return;
  }
  for (int i = 0; i < 2; i++) fcntl(ends[i], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  sigset_t all, before;
  sigfillset(&all);
  static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};
  for (unsigned i = 0; i < sizeof faults / sizeof *faults; i++) sigdelset(&all, faults[i]);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  is_running = pthread_create(&thread, NULL, watch, NULL) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void send(char order) {
  if (ends[1] < 0) return;
  int saved = errno;
  ssize_t ignored = write(ends[1], &order, 1);
  (void)ignored;
  errno = saved;
}

void gbx_watch_begin(void) { send('b'); }

void gbx_watch_stop(void) {
  if (is_running) {
    send('q');
    pthread_join(thread, NULL);
  }
  is_running = 0;
  int was[2] = {ends[0], ends[1]};
  ends[0] = ends[1] = -1;
  for (int i = 0; i < 2; i++) {
    if (was[i] >= 0) close(was[i]);
  }
}
