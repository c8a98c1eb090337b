#ifndef GLASSBOX_PIECES_H
#define GLASSBOX_PIECES_H

#include <stddef.h>
#include <stdint.h>

// The tokens of pieces of text already seen. A hash table whose memory is bounded, and exact: the whole piece is the
// key. All threads share it: what one has worked out, the others find.
//
// A table is only ever added to, so that finding needs no lock. Where it has no room, a larger one takes its place; the
// old one goes when the last batch has let go of it. At the limit nothing is added, as what came first is what comes
// often, until so much was turned away that the text may be another: then an empty table begins.

typedef struct gbx_pieces gbx_pieces;

/// Longer pieces are not kept.
#define GBX_LONGEST_PIECE 255
/// Pieces that are looked for at a time, so that memory answers for all of them at once.
#define GBX_PIECE_BATCH 128

/// - share: the table takes at most 40 MB, divided by two so many times.
/// - Returns: NULL where there is no memory.
gbx_pieces *gbx_pieces_create(uint64_t seed, unsigned share);
/// Every batch must be gone.
void gbx_pieces_destroy(gbx_pieces *pieces);

/// The pieces that one thread is asking for.
typedef struct gbx_piece_batch gbx_piece_batch;

/// NULL where there is no memory.
gbx_piece_batch *gbx_piece_batch_create(gbx_pieces *pieces);
void gbx_piece_batch_destroy(gbx_piece_batch *batch);

/// Looks for consecutive pieces, the first from `start` and each to its end; `number` at most GBX_PIECE_BATCH.
/// - count: bytes of text that may be read.
/// - Returns: how many pieces are unknown. Each of them needs an answer.
size_t gbx_pieces_ask(
  gbx_piece_batch *batch, const uint8_t *text, size_t count, size_t start, const uint32_t *ends, size_t number);

/// Which pieces are unknown, in no order.
const uint16_t *gbx_pieces_unknown(const gbx_piece_batch *batch);

/// Says which tokens an unknown piece has.
void gbx_pieces_answer(
  gbx_piece_batch *batch, size_t index, const uint8_t *piece, size_t length, const int32_t *tokens, size_t number);

/// Keeps all answers for later, unless other threads are busy with that; the pieces must still be where they were.
void gbx_pieces_keep(gbx_piece_batch *batch);

/// Writes the tokens of all pieces that were asked for.
/// - output: is moved on over what was written; room for four tokens more is needed.
void gbx_pieces_write(const gbx_piece_batch *batch, int32_t **output);

#endif
