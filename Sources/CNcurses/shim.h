#ifndef GLASSBOX_CNCURSES_SHIM_H
#define GLASSBOX_CNCURSES_SHIM_H

// Wide characters, and functions instead of macros: Swift sees only functions.
#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#define _XOPEN_SOURCE_EXTENDED 1
#include <curses.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

int tigetflag(const char *);
int tigetnum(const char *);
char *tigetstr(const char *);

// Global variables and macros, which Swift 6 does not import as they are.
static inline WINDOW *gbx_stdscr(void) { return stdscr; }
static inline int gbx_colors(void) { return COLORS; }
static inline int gbx_color_pairs(void) { return COLOR_PAIRS; }
static inline FILE *gbx_stdin(void) { return stdin; }
static inline FILE *gbx_stdout(void) { return stdout; }

// Attributes in the order of the bits of Swift's `Attributes`.
static inline attr_t gbx_attributes(uint32_t bits) {
  attr_t result = A_NORMAL;
  if (bits & 1) result |= A_BOLD;
  if (bits & 2) result |= A_DIM;
  if (bits & 4) result |= A_ITALIC;
  if (bits & 8) result |= A_UNDERLINE;
  if (bits & 16) result |= A_REVERSE;
  return result;
}

/// One cell for `mvwadd_wchnstr`: a base scalar, up to four marks (ending at 0), attributes and a colour pair of any size.
static inline void gbx_set_cell(cchar_t *cell, uint32_t base, const uint32_t *marks, attr_t attributes, int pair) {
  wchar_t text[6] = {(wchar_t)base};
  for (int i = 0; i < 4 && marks[i] != 0; i++) text[i + 1] = (wchar_t)marks[i];
  setcchar(cell, text, attributes, (short)(pair > 255 ? 255 : pair), &pair);
  // It stops at what is no mark, as in sequences of emoji; the cell can hold them.
  for (int i = 0; i < 4 && marks[i] != 0 && i + 1 < CCHARW_MAX; i++) cell->chars[i + 1] = (wchar_t)marks[i];
}

static inline int gbx_wcwidth(uint32_t scalar) { return wcwidth((wchar_t)scalar); }

#endif
