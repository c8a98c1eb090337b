// What finding and adding share: how pieces and their tokens are laid out.

#include "include/gbx_pieces.h"
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

/// The tokens of a piece: how many in the upper two bits, and up to three of 20 bits each. With 0 above: 24 bits of
/// number and 32 bits of place, of tokens that lie elsewhere: in the arena, or where BESIDE is set, in the batch.
typedef uint64_t value;
#define TOKEN_BITS 20
#define TOKEN_MASK ((1u << TOKEN_BITS) - 1)
#define MOST_TOKENS 3
#define BESIDE (1ull << 61)

/// A piece of up to 7 bytes, its length in the last one. Free: 0.
typedef struct {
  uint64_t key;
  value tokens;
} small_slot;

/// A piece of 8 to 23 bytes, its length in the last one. A longer one has its hash, where its bytes lie in the arena,
/// and IS_LONG beside its length. Free: 0 in the last word.
typedef struct {
  uint64_t key[3];
  value tokens;
} large_slot;

#define SMALL 7
#define LARGE 23
#define IS_LONG (0xFFull << 56)

#define SMALL_LINE 4
#define LARGE_LINE 2

/// Bytes of pieces and tokens that have no room in slots.
typedef struct {
  uint8_t *bytes;
  size_t used, size;
  int owners;
} arena;

/// Slots come in lines of 64 bytes. A piece is in its home line, or where that was full, in the next one that was not: as
/// nothing is taken out, a line with a free slot ends a search.
typedef struct {
  small_slot *small;
  large_slot *large;
  /// Number of lines, less one.
  size_t small_mask, large_mask, small_used, large_used;
  /// Pieces that were turned away.
  size_t refused;
  arena *arena;
  int owners;
} store;

typedef struct {
  uint64_t seed[2];
} seeds;

struct gbx_pieces {
  seeds seeds;
  unsigned share;
  /// The present one; NULL before the first piece is added.
  store *store;
  /// Held while anything is written, or owners change.
  pthread_mutex_t lock;
};

// MARK: - Adding, under the lock

/// Gives up a share of a store, if there is one.
void gbx_store_release(store *store);

/// Adds a piece with its tokens; with `number` 0 they are a value.
void gbx_store_add(
  gbx_pieces *pieces, const uint8_t *piece, size_t length, const int32_t *tokens, size_t number, value direct);

// MARK: - Keys

#define ONES(n) ((n) >= 8 ? ~0ull : (1ull << 8 * ((n) & 7)) - 1)
static const uint64_t ones[9] = {ONES(0), ONES(1), ONES(2), ONES(3), ONES(4), ONES(5), ONES(6), ONES(7), ONES(8)};

static inline uint64_t load(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, 8);
  return word;
}

/// Both halves of a product, folded (as in wyhash).
static inline uint64_t fold(uint64_t a, uint64_t b) {
  __uint128_t product = (__uint128_t)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t small_key(uint64_t word, size_t length) { return (word & ones[length]) | (uint64_t)length << 56; }
static inline uint64_t small_hash(const seeds *s, uint64_t key) { return fold(key ^ s->seed[0], s->seed[1]); }
static inline uint64_t large_hash(const seeds *s, const uint64_t key[3]) {
  if (key[2] >= IS_LONG) return key[0];
  return fold(fold(key[0] ^ s->seed[0], key[1] ^ s->seed[1]), key[2] ^ s->seed[0]);
}

/// The key of a piece of more than 7 bytes; of a long one without its place.
static inline void large_key(const seeds *s, const uint8_t *piece, size_t length, uint64_t key[3]) {
  if (length > LARGE) {
    uint64_t hash = s->seed[0] ^ length;
    size_t i = 0;
    for (; i + 16 < length; i += 16) hash = fold(load(piece + i) ^ hash, load(piece + i + 8) ^ s->seed[1]);
    key[0] = fold(load(piece + length - 16) ^ hash, load(piece + length - 8) ^ s->seed[1]);
    key[1] = 0;
    key[2] = IS_LONG | length;
    return;
  }
  // Words that end with the piece, so that nothing behind it is read.
  uint64_t last = load(piece + length - 8);
  key[0] = load(piece);
  if (length < 16) {
    key[1] = length == 8 ? 0 : last >> 8 * (16 - length);
    key[2] = (uint64_t)length << 56;
  } else {
    key[1] = load(piece + 8);
    key[2] = (length == 16 ? 0 : last >> 8 * (24 - length)) | (uint64_t)length << 56;
  }
}

/// Slots are written before the word that tells they are taken.
static inline uint64_t seen(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }

static inline bool is_large(const store *s, const large_slot *slot, const uint64_t key[3], const uint8_t *piece) {
  if (seen(&slot->key[2]) != key[2] || slot->key[0] != key[0]) return false;
  if (key[2] < IS_LONG) return slot->key[1] == key[1];
  return !memcmp(s->arena->bytes + slot->key[1], piece, key[2] & 0xFF);
}
