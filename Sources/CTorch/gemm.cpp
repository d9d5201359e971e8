// Matrix products in float32 for processors with 512-bit vectors.
//
// The library's own reach 60 to 80 % of such a processor's speed outside of its maker's line, and
// less for matrices that are long one way. Blocks and packing are those of Goto & van de Geijn 2008,
// "Anatomy of High-Performance Matrix Multiplication".
#include <algorithm>
#include <cstring>
#include <memory>

#include "gemm.hpp"
#include "kernels.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#define ATX_512 __attribute__((target("avx512f,avx512bw,avx512vl,fma")))
#endif

namespace atx {

#if defined(__x86_64__)
namespace {

constexpr int64_t kLanes = 16;     // floats of a vector
constexpr int64_t kRows = 8;       // rows of a tile
constexpr int64_t kVectors = 3;    // vectors across a tile
constexpr int64_t kDepth = 384;    // of a packed block; with its width, most of a core's own cache
constexpr int64_t kWidth = 7 * kVectors * kLanes;

/// One tile of C: R rows of A times V vectors of packed B.
template <int R, int V>
ATX_512 void tile(const float *a, int64_t row_step, int64_t k_step, const float *b, int64_t depth,
                  float *c, int64_t c_step, int64_t columns, bool add, const float *bias) {
  __m512 sum[R][V];
#pragma clang loop unroll(full)
  for (int r = 0; r < R; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < V; v++) sum[r][v] = _mm512_setzero_ps();
  for (int64_t k = 0; k < depth; k++) {
    __m512 row[V];
#pragma clang loop unroll(full)
    for (int v = 0; v < V; v++) row[v] = _mm512_loadu_ps(b + v * kLanes);
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++) {
      __m512 x = _mm512_set1_ps(a[r * row_step]);
#pragma clang loop unroll(full)
      for (int v = 0; v < V; v++) sum[r][v] = _mm512_fmadd_ps(x, row[v], sum[r][v]);
    }
    a += k_step;
    b += V * kLanes;
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < V; v++) {
    int64_t left = columns - v * kLanes;
    if (left <= 0) break;
    __mmask16 mask = left >= kLanes ? 0xffff : static_cast<__mmask16>((1u << left) - 1);
    __m512 first = bias ? _mm512_maskz_loadu_ps(mask, bias + v * kLanes) : _mm512_setzero_ps();
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++) {
      float *out = c + r * c_step + v * kLanes;
      __m512 before = add ? _mm512_maskz_loadu_ps(mask, out) : first;
      _mm512_mask_storeu_ps(out, mask, _mm512_add_ps(before, sum[r][v]));
    }
  }
}

using Tile = void (*)(const float *, int64_t, int64_t, const float *, int64_t, float *, int64_t,
                      int64_t, bool, const float *);

constexpr Tile kTiles[kRows][kVectors] = {
    {tile<1, 1>, tile<1, 2>, tile<1, 3>}, {tile<2, 1>, tile<2, 2>, tile<2, 3>},
    {tile<3, 1>, tile<3, 2>, tile<3, 3>}, {tile<4, 1>, tile<4, 2>, tile<4, 3>},
    {tile<5, 1>, tile<5, 2>, tile<5, 3>}, {tile<6, 1>, tile<6, 2>, tile<6, 3>},
    {tile<7, 1>, tile<7, 2>, tile<7, 3>}, {tile<8, 1>, tile<8, 2>, tile<8, 3>},
};

/// Columns of 16 rows at `in`, `step` apart, as 16 rows at `out`, `out_step` apart.
ATX_512 void transpose16(const float *in, int64_t step, float *out, int64_t out_step) {
  __m512 r[16], t[16];
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) r[i] = _mm512_loadu_ps(in + i * step);
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i += 4) {
    __m512d a = _mm512_castps_pd(t[i]), b = _mm512_castps_pd(t[i + 1]);
    __m512d c = _mm512_castps_pd(t[i + 2]), d = _mm512_castps_pd(t[i + 3]);
    r[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
    r[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
    r[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d));
    r[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    t[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
    t[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    _mm512_storeu_ps(out + i * out_step, _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88));
    _mm512_storeu_ps(out + (i + 4) * out_step, _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0x88));
    _mm512_storeu_ps(out + (i + 8) * out_step, _mm512_shuffle_f32x4(t[i], t[i + 8], 0xdd));
    _mm512_storeu_ps(out + (i + 12) * out_step, _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0xdd));
  }
}

/// B's rows k ..< k + depth, columns n ..< n + columns, as [depth, vectors · 16] with zeros behind.
ATX_512 void pack_b(const Product &p, int64_t k, int64_t depth, int64_t n, int64_t columns,
                    int64_t vectors, float *out) {
  int64_t width = vectors * kLanes;
  for (int64_t first = 0; first < width; first += kLanes) {
    int64_t count = std::min(kLanes, columns - first);
    float *to = out + first;
    if (count <= 0) {
      for (int64_t i = 0; i < depth; i++) _mm512_storeu_ps(to + i * width, _mm512_setzero_ps());
    } else if (p.b_k_step != 1) {  // a row of B is in one piece
      const float *from = p.b + k * p.b_k_step + n + first;
      __mmask16 mask = static_cast<__mmask16>((1u << count) - 1);
      for (int64_t i = 0; i < depth; i++) {
        _mm512_storeu_ps(to + i * width, _mm512_maskz_loadu_ps(mask, from + i * p.b_k_step));
      }
    } else {
      const float *from = p.b + (n + first) * p.b_n_step + k;
      int64_t i = 0;
      if (count == kLanes) {
        for (; i + kLanes <= depth; i += kLanes) {
          transpose16(from + i, p.b_n_step, to + i * width, width);
        }
      }
      for (; i < depth; i++) {
        for (int64_t j = 0; j < count; j++) to[i * width + j] = from[j * p.b_n_step + i];
        for (int64_t j = count; j < kLanes; j++) to[i * width + j] = 0;
      }
    }
  }
}

/// A's rows m ..< m + rows as [depth, rows]: where those of a column lie together.
void pack_a(const Product &p, int64_t m, int64_t rows, int64_t k, int64_t depth, float *out) {
  const float *from = p.a + m + k * p.a_k_step;
  for (int64_t i = 0; i < depth; i++) {
    std::memcpy(out + i * rows, from + i * p.a_k_step, static_cast<size_t>(rows) * sizeof(float));
  }
}

struct Scratch {
  std::unique_ptr<float[]> b{new float[kDepth * kWidth + kLanes]};
  std::unique_ptr<float[]> a{new float[kDepth * kRows]};
};

/// The part of C in rows m0 ..< m1 and columns n0 ..< n1.
void part(const Product &p, int64_t m0, int64_t m1, int64_t n0, int64_t n1) {
  thread_local Scratch scratch;
  bool packs_a = p.a_k_step != 1;
  for (int64_t n = n0; n < n1; n += kWidth) {
    int64_t width = std::min(kWidth, n1 - n);
    // Tiles of about the same width, so that none is left with a single vector.
    int64_t vectors = (width + kLanes - 1) / kLanes;
    int64_t tiles = (vectors + kVectors - 1) / kVectors;
    for (int64_t k = 0; k < p.depth; k += kDepth) {
      int64_t depth = std::min(kDepth, p.depth - k);
      float *packed = scratch.b.get();
      for (int64_t t = 0; t < tiles; t++) {
        int64_t v0 = t * vectors / tiles, v1 = (t + 1) * vectors / tiles;
        pack_b(p, k, depth, n + v0 * kLanes, std::min(width - v0 * kLanes, (v1 - v0) * kLanes),
               v1 - v0, packed + v0 * kLanes * depth);
      }
      for (int64_t m = m0; m < m1; m += kRows) {
        int64_t rows = std::min(kRows, m1 - m);
        const float *a = p.a + m * p.a_m_step + k;
        int64_t row_step = p.a_m_step, k_step = 1;
        if (packs_a) {
          pack_a(p, m, rows, k, depth, scratch.a.get());
          a = scratch.a.get();
          row_step = 1;
          k_step = rows;
        }
        for (int64_t t = 0; t < tiles; t++) {
          int64_t v0 = t * vectors / tiles, v1 = (t + 1) * vectors / tiles;
          int64_t column = n + v0 * kLanes;
          kTiles[rows - 1][v1 - v0 - 1](
              a, row_step, k_step, packed + v0 * kLanes * depth, depth,
              p.c + m * p.c_step + column, p.c_step,
              std::min(width - v0 * kLanes, (v1 - v0) * kLanes), k > 0 || p.adds,
              p.bias ? p.bias + column : nullptr);
        }
      }
    }
  }
}

}  // namespace

bool has_product() {
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl");
  return has;
}

void multiply(const Product &p) {
  // What is worth a second thread, in rows or columns.
  constexpr int64_t worth = 1 << 17;
  bool by_rows = p.rows >= p.columns;
  int64_t unit = by_rows ? kRows : kLanes;
  int64_t length = by_rows ? p.rows : p.columns, other = by_rows ? p.columns : p.rows;
  int64_t units = (length + unit - 1) / unit;
  int64_t each = std::max<int64_t>(1, unit * other * p.depth);
  parallel(units, std::max<int64_t>(1, worth / each), [&](int64_t begin, int64_t end) {
    int64_t first = begin * unit, last = std::min(length, end * unit);
    if (by_rows) {
      part(p, first, last, 0, p.columns);
    } else {
      part(p, 0, p.rows, first, last);
    }
  });
}

#else

bool has_product() { return false; }
void multiply(const Product &) {}

#endif

}  // namespace atx
