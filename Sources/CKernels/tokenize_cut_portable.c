// Plain C: runs everywhere, and is what the others are tested against.
#define GBX_CUT_NAME gbx_cut_in_c
#include "tokenize_cut.inc.h"

static inline void gbx_classify(const gbx_cut_table *table, const uint8_t *text, gbx_masks *m) {
  uint64_t masks[8] = {0};
  for (int group = 0; group < 8; group++) {
    uint64_t classes = 0;
    for (int i = 0; i < 8; i++) classes |= (uint64_t)table->bytes[text[group * 8 + i]] << (8 * i);
    // The multiplication gathers one bit of each byte in the upper eight bits.
    for (int bit = 0; bit < 8; bit++) {
      uint64_t gathered = ((classes >> bit) & 0x0101010101010101) * 0x0102040810204080 >> 56;
      masks[bit] |= gathered << (8 * group);
    }
  }
  *m = (gbx_masks){masks[0], masks[1], masks[2], masks[3], masks[4], masks[5], masks[6], masks[7]};
}

static inline void gbx_classify_cases(const uint8_t *text, uint64_t *capital, uint64_t *slash, uint64_t *wide) {
  uint64_t capitals = 0, slashes = 0, high = 0;
  for (int i = 0; i < 64; i++) {
    capitals |= (uint64_t)((uint8_t)(text[i] - 'A') < 26) << i;
    slashes |= (uint64_t)(text[i] == '/') << i;
    high |= (uint64_t)(text[i] >> 7) << i;
  }
  *capital = capitals;
  *slash = slashes;
  *wide = high;
}

// A fixed number of writes at a time saves a branch that is often guessed wrong.
static inline void gbx_write_starts(uint64_t starts, uint32_t base, uint32_t *ends) {
  do {
    for (int i = 0; i < 8; i++) {
      ends[i] = base + (uint32_t)__builtin_ctzll(starts | 1ull << 63);
      starts &= starts - 1;
    }
    ends += 8;
  } while (starts);
}

gbx_cut_function gbx_cut_portable(void) { return gbx_cut_in_c; }
