#ifndef GLASSBOX_TOKENIZE_H
#define GLASSBOX_TOKENIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Cutting text into the pieces that a tokenizer's split pattern makes, 64 bytes at a time.

/// The patterns that are known as bit masks.
typedef enum {
  /// GPT-2.
  GBX_CUT_GPT2,
  /// Every digit by itself, then GPT-2's pattern on what lies between.
  GBX_CUT_DIGITS_GPT2,
  /// GPT-4's family with groups of up to three digits (cl100k, Llama 3).
  GBX_CUT_CL100K,
  /// The same with single digits (Qwen2).
  GBX_CUT_QWEN2,
  /// GPT-4o, which cuts words before capitals; groups of up to three digits.
  GBX_CUT_O200K,
  /// The same with single digits and without contractions (Mistral's Tekken).
  GBX_CUT_TEKKEN,
  /// Words that begin with their spaces (SentencePiece's BPE).
  GBX_CUT_SPACES,
  /// The same, and each line end by itself.
  GBX_CUT_SPACES_LINES,
} gbx_cut_rule;

/// What the cut knows of characters.
typedef struct {
  /// Class bits of bytes, see tokenize_cut.inc.h.
  uint8_t bytes[256];
  /// Class bits of code points: 1 letter, 2 number, 4 white space, 32 may begin a word, 64 may go on in a word (of
  /// letters, capitals may only begin one, small ones only go on, all others and marks both).
  const uint8_t *classes;
} gbx_cut_table;

/// - classes: 0x110000 bytes that outlive the table.
/// - cased: whether it is for a rule that tells capitals from small letters.
void gbx_cut_prepare(gbx_cut_table *table, const uint8_t *classes, bool cased);

/// Finds pieces of well-formed UTF-8 from `at` on, where a piece must begin.
///
/// Only pieces that the 64 bytes from their start decide are found, and none close to the end of the text: where the
/// function stops early, the next piece is for a scanner that goes character by character.
/// - Returns: how many ends of pieces were written, at most `capacity` (which must be 64 or more). The next piece
///   begins at the last of them.
size_t gbx_cut(
  gbx_cut_rule rule, const gbx_cut_table *table, const uint8_t *text, size_t count, size_t at, uint32_t *ends,
  size_t capacity);

/// The instruction sets that `gbx_cut` chooses from, best first: for tests. NULL where this machine lacks one.
typedef size_t (*gbx_cut_function)(
  gbx_cut_rule, const gbx_cut_table *, const uint8_t *, size_t, size_t, uint32_t *, size_t);
gbx_cut_function gbx_cut_avx512(void);
gbx_cut_function gbx_cut_avx2(void);
gbx_cut_function gbx_cut_portable(void);

/// Looks at text 64 bytes at a time, as far as it is well-formed UTF-8.
/// - Returns: how many bytes from the start are whole, well-formed characters; there may be more.
size_t gbx_utf8_valid(const uint8_t *text, size_t count);

#endif
