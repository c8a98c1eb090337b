#ifndef GLASSBOX_UNIGRAM_H
#define GLASSBOX_UNIGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Unigram tokenizers: the best way through a word (Viterbi's algorithm over a trie of pieces), and the tokens of words
// already seen where sums of scores are rounded as they go from word to word.

/// Longest text that is worked on at once, in bytes.
#define GBX_UNIGRAM_LONGEST 255

/// Scores of tokens that begin with ASCII.
typedef struct {
  /// By token plus one; the first is minus infinity.
  const double *scores;
  /// Of U+2581.
  double mark;
  /// Of single characters; unknown ones, too.
  double ones[128];
  /// Of two characters (7 bits each): minus infinity where they are no token, and where the children of their node are.
  struct {
    double score;
    uint32_t children;
  } twos[1 << 14];
} gbx_unigram_starts;

/// The same in single precision.
typedef struct {
  const float *scores;
  float mark;
  float ones[128];
  struct {
    float score;
    uint32_t children;
  } twos[1 << 14];
} gbx_unigram_single_starts;

/// A vocabulary. A unit of the trie, from the lowest bit: the byte that leads to it (8), where its children are (28),
/// the token that ends here plus one (23), and at the top a bit that says it is in use. The child by byte b of a node
/// with children at c is at c ^ b, which must be inside.
typedef struct {
  const uint64_t *units;
  /// Where the children of the root are.
  uint64_t root;
  /// By token plus one; the first is minus infinity.
  const double *scores;
  /// A character that no piece is.
  double unknown_score;
  /// The largest of all scores, whatever their sign.
  double worst;
  int32_t unknown;
  /// Memory for `gbx_unigram_prepare`, each NULL where the function of its precision is never called.
  gbx_unigram_starts *ascii;
  gbx_unigram_single_starts *single_ascii;
  /// The unit that U+2581 leads to; 0: none.
  uint64_t mark;
} gbx_unigram;

/// Makes what the functions below want to have at hand. The rest of a model must be there, with `scores` in `ascii` and
/// `single_ascii`.
void gbx_unigram_prepare(gbx_unigram *model);

/// A token of the best way, in the order of the text.
typedef struct {
  int32_t id;
  uint32_t end;
} gbx_unigram_token;

/// The best way through 1 to `GBX_UNIGRAM_LONGEST` bytes of well-formed UTF-8, each unknown character by itself. Scores
/// and sums must be far from overflow.
/// - sum: of what comes before; that at the end.
/// - tokens: room for as many as there are bytes.
/// - Returns: the number of tokens.
size_t gbx_unigram_double(
  const gbx_unigram *model, const uint8_t *text, size_t count, double *sum, gbx_unigram_token *tokens);

/// Where a sum grows beyond this, sentencepiece counts all of them anew from there.
#define GBX_UNIGRAM_MOST 100000.0f

/// The same as sentencepiece has it: each sum is rounded to single precision, and none grows beyond `GBX_UNIGRAM_MOST`.
/// - gap: how far the best way was ahead of others wherever they met; infinite where there was no other.
size_t gbx_unigram_single(
  const gbx_unigram *model, const uint8_t *text, size_t count, double *sum, gbx_unigram_token *tokens, double *gap);

/// Asks memory for what will be read soon.
static inline void gbx_prefetch(const void *place) { __builtin_prefetch(place); }

/// Tokens of words of up to 63 bytes, each with the sums before it for which they are the best. Bounded memory, and
/// exact: the whole word is the key.
///
/// Sums of single precision grow with the text, and with them the steps that they are rounded to. With sums of one
/// binade and the same last bit all additions are rounded alike, so a word has the same tokens; where one way is far
/// ahead, it has them with all sums up to a limit.
typedef struct gbx_unigram_words gbx_unigram_words;

#define GBX_UNIGRAM_WORD 63
#define GBX_UNIGRAM_WORD_TOKENS 13
/// Binades that are told apart: sums from -2⁶ down.
#define GBX_UNIGRAM_FIRST_BINADE 6
#define GBX_UNIGRAM_BINADES 11

/// NULL where there is no memory. For one thread at a time.
gbx_unigram_words *gbx_unigram_words_create(uint64_t seed);
void gbx_unigram_words_destroy(gbx_unigram_words *words);

/// Writes the tokens of consecutive words, the first from `start` and each to its end, until one is not known with the
/// sum before it.
/// - count: bytes of text that may be read.
/// - sum: is carried on.
/// - output: is moved on over what was written; room for GBX_UNIGRAM_WORD_TOKENS for each word is needed.
/// - Returns: how many words were known.
size_t gbx_unigram_words_find(
  gbx_unigram_words *words, const gbx_unigram *model, const uint8_t *text, size_t count, size_t start,
  const uint32_t *ends, size_t number, float *sum, int32_t **output);

/// What is known of a word's tokens: the sums before it for which they are the best.
typedef struct {
  /// Sums up to this, whatever they are.
  float reach;
  /// Two bits for each binade, by the last bit of the sum.
  uint32_t binades;
  /// How far sums must be away from the ends of their binade, and from `GBX_UNIGRAM_MOST`.
  float margin;
} gbx_unigram_validity;

/// The bits of `gbx_unigram_validity.binades` that a sum belongs to; 0 where it is too close to the ends of its binade.
uint32_t gbx_unigram_binade(float sum, float margin);

/// Whether a word is known with any sum.
bool gbx_unigram_words_has(const gbx_unigram_words *words, const uint8_t *word, size_t length);

/// Keeps the tokens of a word, which may be known already, with these or others.
/// - tokens: ids below 2²², each with the number of additions it took (up to 1023) above; more than one for a run of
///   unknown characters.
void gbx_unigram_words_add(
  gbx_unigram_words *words, const uint8_t *word, size_t length, const uint32_t *tokens, size_t number,
  gbx_unigram_validity validity);

// What words become that have the same tokens whatever the sum before them: ids below this, which add their score to the
// sum, and codes that have this bit.
#define GBX_UNIGRAM_CODES (1 << 19)
/// With this bit, a word that depends on the sum.
#define GBX_UNIGRAM_LATER (1 << 18)
/// Without it, as many unknown characters as there are in the lower bits; with this bit, they give no token, as byte
/// tokens follow.
#define GBX_UNIGRAM_SILENT (1 << 17)

/// Writes the tokens of codes up to the first word that depends on the sum.
/// - weights: by id, what a token adds to the sum.
/// - sum: is carried on, rounded at each addition.
/// - output: is moved on over what was written, at most a token for each code.
/// - Returns: how many codes were taken.
size_t gbx_unigram_take(
  const float *weights, float unknown_score, int32_t unknown, const int32_t *codes, size_t count, float *sum,
  int32_t **output);

#endif
