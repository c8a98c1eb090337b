#ifndef GLASSBOX_CNCURSES_SHIM_H
#define GLASSBOX_CNCURSES_SHIM_H

// Wide characters, and functions instead of macros: Swift sees only functions.
#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#define _XOPEN_SOURCE_EXTENDED 1
#include <curses.h>
#include <wchar.h>

#endif
