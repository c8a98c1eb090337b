// Float products. B lies in panels of 16 columns, k-major; a tile of MR rows × NP panels of C stays in registers while
// k runs. An element of C is one chain c ← a·b + c over k whatever the tile it falls into, and a later block of k
// goes on from the stored value: so a product gives the same bits for one row, many rows, any cut.

#define LOAD_PANEL_f32(p) load((const float *)(p))
#define LOAD_PANEL_f16(p) f32_from_f16_v(load_halves(p))
#define LOAD_PANEL_bf16(p) f32_from_bf16_v(load_halves(p))
#define ELEMENT_f32 float
#define ELEMENT_f16 uint16_t
#define ELEMENT_bf16 uint16_t

// One row of A after the other (rows), or tiles packed k-major (packed).
#define A_rows(r, p) a[(r) * a_row + (p)]
#define A_packed(r, p) a[(p) * GBX_TILE_ROWS + (r)]

#define DEFINE_TILE(MR, NP, TYPE, FORM) \
  static __attribute__((noinline)) void tile_##MR##x##NP##_##TYPE##_##FORM( \
    float *restrict c, long c_row, const float *restrict a, long a_row, const void *restrict panels, \
    long panel_stride, long k, bool accumulate) { \
    const ELEMENT_##TYPE *restrict b = panels; \
    vf acc[MR][NP]; \
    (void)a_row; \
    _Pragma("clang loop unroll(full)") for (int r = 0; r < MR; r++) \
      _Pragma("clang loop unroll(full)") for (int j = 0; j < NP; j++) \
        acc[r][j] = accumulate ? load(c + r * c_row + j * 16) : splat(0); \
    _Pragma("clang loop unroll_count(2)") for (long p = 0; p < k; p++) { \
      vf v[NP]; \
      _Pragma("clang loop unroll(full)") for (int j = 0; j < NP; j++) \
        v[j] = LOAD_PANEL_##TYPE(b + j * panel_stride + p * 16); \
      _Pragma("clang loop unroll(full)") for (int r = 0; r < MR; r++) { \
        vf x = splat(A_##FORM(r, p)); \
        _Pragma("clang loop unroll(full)") for (int j = 0; j < NP; j++) acc[r][j] = fma_v(x, v[j], acc[r][j]); \
      } \
    } \
    _Pragma("clang loop unroll(full)") for (int r = 0; r < MR; r++) \
      _Pragma("clang loop unroll(full)") for (int j = 0; j < NP; j++) store(c + r * c_row + j * 16, acc[r][j]); \
  }
#define DEFINE_TILES(MR, NP) \
  DEFINE_TILE(MR, NP, f32, rows) DEFINE_TILE(MR, NP, f16, rows) DEFINE_TILE(MR, NP, bf16, rows) \
  DEFINE_TILE(MR, NP, f32, packed) DEFINE_TILE(MR, NP, f16, packed) DEFINE_TILE(MR, NP, bf16, packed)
GBX_TILES(DEFINE_TILES)

typedef void (*tile_function)(float *, long, const float *, long, const void *, long, long, bool);

#define TILE_ENTRY(MR, NP) \
  [0][0][MR][NP] = tile_##MR##x##NP##_f32_rows, [0][1][MR][NP] = tile_##MR##x##NP##_f16_rows, \
  [0][2][MR][NP] = tile_##MR##x##NP##_bf16_rows, [1][0][MR][NP] = tile_##MR##x##NP##_f32_packed, \
  [1][1][MR][NP] = tile_##MR##x##NP##_f16_packed, [1][2][MR][NP] = tile_##MR##x##NP##_bf16_packed,
/// [packed][type][rows][panels]
static const tile_function tiles[2][3][GBX_TILE_ROWS + 1][9] = {GBX_TILES(TILE_ENTRY)};

/// k is cut so that the panels of one step stay in the first cache while all rows pass.
#define K_BLOCK 256

INLINE void multiply_tiles(
  float *c, long c_row, const float *a, long a_row, long tile_stride, bool packed, const void *b,
  gbx_float_type type, long panel_stride, long m, long n, long k, bool accumulate
) {
  const long element = type == GBX_F32 ? 4 : 2;
  const long panels = (n + 15) / 16;
  const tile_function(*forms)[9] = tiles[packed][type];
  float spill[GBX_TILE_ROWS * 8 * 16];
  // Few rows: wide tiles, so that several independent chains hide the latency of one; k whole, nothing is reread.
  const long k_block = m <= GBX_TILE_ROWS ? k : K_BLOCK;
  const long height = m < GBX_TILE_ROWS ? m : GBX_TILE_ROWS;
  long width = 8;
  while (!forms[height][width]) width /= 2;
  if (k == 0 && !accumulate) {
    for (long i = 0; i < m; i++) memset(c + i * c_row, 0, (size_t)n * 4);
    return;
  }
  for (long j = 0; j < panels;) {
    while (width > panels - j) width /= 2;
    const bool partial = (j + width) * 16 > n;
    for (long p = 0; p < k; p += k_block) {
      const long depth = k - p < k_block ? k - p : k_block;
      const bool add = accumulate || p > 0;
      const char *panel = (const char *)b + (j * panel_stride + p * 16) * element;
      for (long i = 0; i < m; i += GBX_TILE_ROWS) {
        const long rows = m - i < GBX_TILE_ROWS ? m - i : GBX_TILE_ROWS;
        const float *x = packed ? a + (i / GBX_TILE_ROWS) * tile_stride + p * GBX_TILE_ROWS : a + i * a_row + p;
        tile_function tile = forms[rows][width];
        float *out = c + i * c_row + j * 16;
        if (!partial) {
          tile(out, c_row, x, a_row, panel, panel_stride, depth, add);
          continue;
        }
        const size_t bytes = (size_t)(n - j * 16) * 4;
        if (add)
          for (long r = 0; r < rows; r++) memcpy(spill + r * width * 16, out + r * c_row, bytes);
        tile(spill, width * 16, x, a_row, panel, panel_stride, depth, add);
        for (long r = 0; r < rows; r++) memcpy(out + r * c_row, spill + r * width * 16, bytes);
      }
    }
    j += width;
  }
}

static void multiply_packed(
  float *c, long c_row, const float *a, long tile_stride, const void *b, gbx_float_type type, long panel_stride,
  long m, long n, long k, bool accumulate
) {
  multiply_tiles(c, c_row, a, 0, tile_stride, true, b, type, panel_stride, m, n, k, accumulate);
}

static void multiply_rows(
  float *c, long c_row, const float *a, long a_row, const void *b, gbx_float_type type, long panel_stride, long m,
  long n, long k, bool accumulate
) {
  multiply_tiles(c, c_row, a, a_row, 0, false, b, type, panel_stride, m, n, k, accumulate);
}

#define SHUFFLE(a, b, i0, i1, i2, i3) __builtin_shufflevector(a, b, \
  i0, i1, i2, i3, i0 + 4, i1 + 4, i2 + 4, i3 + 4, i0 + 8, i1 + 8, i2 + 8, i3 + 8, i0 + 12, i1 + 12, i2 + 12, i3 + 12)
// Quarters 0 and 2 (even) or 1 and 3 (odd) of a, then of b.
#define EVEN_QUARTERS(a, b) \
  __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
#define ODD_QUARTERS(a, b) \
  __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)

/// A 16 × 16 transposition in registers: pairs, pairs of pairs, then quarters.
INLINE void transpose(vf r[16]) {
  vf t[16], u[16];
  _Pragma("clang loop unroll(full)") for (int i = 0; i < 16; i += 2) {
    t[i] = SHUFFLE(r[i], r[i + 1], 0, 16, 1, 17);
    t[i + 1] = SHUFFLE(r[i], r[i + 1], 2, 18, 3, 19);
  }
  _Pragma("clang loop unroll(full)") for (int i = 0; i < 16; i += 4) {
    u[i] = SHUFFLE(t[i], t[i + 2], 0, 1, 16, 17);
    u[i + 1] = SHUFFLE(t[i], t[i + 2], 2, 3, 18, 19);
    u[i + 2] = SHUFFLE(t[i + 1], t[i + 3], 0, 1, 16, 17);
    u[i + 3] = SHUFFLE(t[i + 1], t[i + 3], 2, 3, 18, 19);
  }
  _Pragma("clang loop unroll(full)") for (int c = 0; c < 4; c++) {
    vf a = EVEN_QUARTERS(u[c], u[4 + c]), b = ODD_QUARTERS(u[c], u[4 + c]);
    vf d = EVEN_QUARTERS(u[8 + c], u[12 + c]), e = ODD_QUARTERS(u[8 + c], u[12 + c]);
    r[c] = EVEN_QUARTERS(a, d);
    r[4 + c] = EVEN_QUARTERS(b, e);
    r[8 + c] = ODD_QUARTERS(a, d);
    r[12 + c] = ODD_QUARTERS(b, e);
  }
}

/// Moves `count` ≤ width ≤ 16 rows of length k (x[i·row + p·column]) to out[p·width + i]; lanes from `count` on
/// become 0.
INLINE void interleave(
  float *restrict out, const long width, const float *restrict x, long row, long column, long count, long k
) {
  if (row == 1 && count == width) {
    for (long p = 0; p < k; p++) memcpy(out + p * width, x + p * column, (size_t)width * 4);
    return;
  }
  long p = 0;
  if (column == 1)
    // 16 of k at a time; with narrower rows a store runs over into the next places, which are written after it.
    for (; p + (width == 16 ? 16 : 32) <= k; p += 16) {
      vf r[16];
      _Pragma("clang loop unroll(full)") for (int i = 0; i < 16; i++)
        r[i] = i < width && i < count ? load(x + i * row + p) : splat(0);
      transpose(r);
      _Pragma("clang loop unroll(full)") for (int i = 0; i < 16; i++) store(out + (p + i) * width, r[i]);
    }
  for (; p < k; p++)
    for (long i = 0; i < width; i++) out[p * width + i] = i < count ? x[i * row + p * column] : 0;
}

static void pack_a(float *out, const float *a, long row, long column, long m, long k) {
  for (long i = 0; i < m; i += GBX_TILE_ROWS) {
    const long count = m - i < GBX_TILE_ROWS ? m - i : GBX_TILE_ROWS;
    interleave(out + i * k, GBX_TILE_ROWS, a + i * row, row, column, count, k);
  }
}

static void pack_b(float *out, const float *b, long row, long column, long k, long n, long panel_stride) {
  for (long j = 0; j < n; j += 16) {
    const long count = n - j < 16 ? n - j : 16;
    interleave(out + j / 16 * panel_stride, 16, b + j * column, column, row, count, k);
  }
}
