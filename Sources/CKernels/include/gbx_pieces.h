#ifndef GLASSBOX_PIECES_H
#define GLASSBOX_PIECES_H

#include <stddef.h>
#include <stdint.h>

// The tokens of pieces of text already seen. A hash table whose memory is bounded, and exact: the whole piece is the
// key.

typedef struct gbx_pieces gbx_pieces;

/// Longer pieces are not kept.
#define GBX_LONGEST_PIECE 255

/// NULL where there is no memory. For one thread at a time.
gbx_pieces *gbx_pieces_create(uint64_t seed);
void gbx_pieces_destroy(gbx_pieces *pieces);

/// Writes the tokens of consecutive pieces, the first from `start` and each to its end, until one is not known.
/// - count: bytes of text that may be read.
/// - output: is moved on over what was written; room for four more tokens than the pieces have is needed.
/// - Returns: how many pieces were known.
size_t gbx_pieces_find(
  gbx_pieces *pieces, const uint8_t *text, size_t count, size_t start, const uint32_t *ends, size_t number,
  int32_t **output);

/// Keeps the tokens (each below 2²⁴) of a piece that is not known.
void gbx_pieces_add(gbx_pieces *pieces, const uint8_t *piece, size_t length, const int32_t *tokens, size_t number);

#endif
