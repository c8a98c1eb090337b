#define _GNU_SOURCE
#include "internal.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// From the Swift runtime, when there is one: the name as a person would write it. Allocates.
extern char *swift_demangle(const char *, size_t, char *, size_t *, uint32_t) __attribute__((weak));

static void say(int fd, const char *text) { gbx_write_all(fd, text, strlen(text)); }

static void say_hex(int fd, uintptr_t value) {
  char digits[2 + 2 * sizeof value + 1];
  int at = sizeof digits - 1;
  digits[at] = 0;
  do {
    digits[--at] = "0123456789abcdef"[value & 15];
    value >>= 4;
  } while (value > 0);
  digits[--at] = 'x';
  digits[--at] = '0';
  say(fd, digits + at);
}

#if defined(__linux__)
#include <elf.h>
#include <link.h>

/// The function at an offset of a module, from the symbol table of its file: a program that is linked statically exports
/// no names, and dladdr knows only exported ones. `*into` gets the distance from its start.
static const char *look_up(const char *path, uintptr_t offset, uintptr_t *into) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return NULL;
  struct stat about;
  const uint8_t *bytes = MAP_FAILED;
  if (fstat(file, &about) == 0 && about.st_size > (off_t)sizeof(ElfW(Ehdr))) {
    bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
  }
  close(file);
  if (bytes == MAP_FAILED) return NULL;
  // Stays mapped: the name lies in it, and the program is about to end.
  size_t size = (size_t)about.st_size;
  const ElfW(Ehdr) *header = (const void *)bytes;
  if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_shentsize != sizeof(ElfW(Shdr))) return NULL;
  if (header->e_shoff > size || (size - header->e_shoff) / sizeof(ElfW(Shdr)) < header->e_shnum) return NULL;
  const ElfW(Shdr) *sections = (const void *)(bytes + header->e_shoff);
  const char *best = NULL;
  uintptr_t nearest = UINTPTR_MAX;
  for (int i = 0; i < header->e_shnum; i++) {
    const ElfW(Shdr) *table = &sections[i];
    if (table->sh_type != SHT_SYMTAB && table->sh_type != SHT_DYNSYM) continue;
    if (table->sh_link >= header->e_shnum) continue;
    const ElfW(Shdr) *names = &sections[table->sh_link];
    if (table->sh_offset > size || table->sh_size > size - table->sh_offset) continue;
    if (names->sh_offset > size || names->sh_size > size - names->sh_offset || names->sh_size == 0) continue;
    if (bytes[names->sh_offset + names->sh_size - 1] != 0) continue;
    const ElfW(Sym) *symbols = (const void *)(bytes + table->sh_offset);
    for (size_t s = 0; s < table->sh_size / sizeof *symbols; s++) {
      if ((symbols[s].st_info & 15) != STT_FUNC || symbols[s].st_shndx == SHN_UNDEF) continue;
      if (symbols[s].st_value > offset || symbols[s].st_name >= names->sh_size) continue;
      uintptr_t distance = offset - symbols[s].st_value;
      if (distance >= nearest || (symbols[s].st_size > 0 && distance >= symbols[s].st_size)) continue;
      nearest = distance;
      best = (const char *)bytes + names->sh_offset + symbols[s].st_name;
    }
  }
  *into = nearest;
  return best;
}
#endif

void gbx_print_frame(int fd, void *address) {
  Dl_info about;
  say(fd, "  ");
  if (dladdr(address, &about) == 0 || about.dli_fname == NULL) {
    say_hex(fd, (uintptr_t)address);
    say(fd, "\n");
    return;
  }
  // A return address may be the first of the next function: what called lies before it.
  uintptr_t offset = (uintptr_t)address - (uintptr_t)about.dli_fbase;
  const char *name = about.dli_sname;
  uintptr_t into = name != NULL ? (uintptr_t)address - (uintptr_t)about.dli_saddr : 0;
#if defined(__linux__)
  if (name == NULL) {
    // The program itself may have been started by a name that no longer leads to it.
    const char *path = access(about.dli_fname, R_OK) == 0 ? about.dli_fname : "/proc/self/exe";
    name = look_up(path, offset - 1, &into);
  }
#endif
  if (name != NULL) {
    char *plain = swift_demangle ? swift_demangle(name, strlen(name), NULL, NULL, 0) : NULL;
    say(fd, plain ? plain : name);
    say(fd, " + ");
    say_hex(fd, into);
    say(fd, "  ");
  }
  const char *module = strrchr(about.dli_fname, '/');
  say(fd, "(");
  say(fd, module ? module + 1 : about.dli_fname);
  say(fd, " + ");
  say_hex(fd, offset);
  say(fd, ")\n");
}
