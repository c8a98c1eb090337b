#include "include/gbx_tokenize.h"
#include <string.h>

void gbx_cut_prepare(gbx_cut_table *table, const uint8_t *classes, bool cased) {
  table->classes = classes;
  for (int i = 0; i < 0x80; i++) {
    table->bytes[i] = (uint8_t)((classes[i] & 7) | (i == '\n' || i == '\r' ? 8 : 0) | (i == ' ' ? 16 : 0)
      | (i == '\'' ? 32 : 0));
  }
  memset(table->bytes + 0x80, 128, 0x40);
  memset(table->bytes + 0xC0, 64, 0x40);
  // First bytes of nothing but letters: of U+0080 … U+07FF 64 code points each, then 4096.
  for (int lead = 0xC2; lead < 0xF0; lead++) {
    const uint8_t *first = lead < 0xE0 ? classes + (lead - 0xC0) * 64 : classes + (lead - 0xE0) * 4096;
    int count = lead < 0xE0 ? 64 : 4096;
    int letters = 0;
    // Where case counts, only those that may stand anywhere in a word.
    uint8_t all = cased ? 7 | 32 | 64 : 7, letter = cased ? 1 | 32 | 64 : 1;
    for (int i = 0; i < count; i++) letters += (first[i] & all) == letter;
    if (letters == count) table->bytes[lead] = 1;
  }
}

size_t gbx_cut(
  gbx_cut_rule rule, const gbx_cut_table *table, const uint8_t *text, size_t count, size_t at, uint32_t *ends,
  size_t capacity) {
  // Writing it twice from two threads writes the same.
  static gbx_cut_function best;
  gbx_cut_function function = __atomic_load_n(&best, __ATOMIC_RELAXED);
  if (!function) {
    function = gbx_cut_avx512();
    if (!function) function = gbx_cut_avx2();
    if (!function) function = gbx_cut_portable();
    __atomic_store_n(&best, function, __ATOMIC_RELAXED);
  }
  return function(rule, table, text, count, at, ends, capacity);
}
