// Linear maps of a few rows, in float32 and bfloat16, for processors with 512-bit vectors.
//
// Generation is nothing but these products, bound by how fast weights come out of the cache. Every
// piece of a weight that is read serves all rows, and weights are read as they lie: packing them
// would cost as much as the product.
#include <cstring>

#include "few_rows.hpp"
#include "kernels.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#define ATX_512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma")))
#define ATX_512_BF16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")))
#endif

namespace atx {

#if defined(__x86_64__)
namespace {

float wide(uint16_t x) {
  uint32_t bits = static_cast<uint32_t>(x) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// To the nearest, ties to even.
uint16_t narrow(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  if (x != x) return 0x7fc0;
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

/// Four sums of four lanes each.
ATX_512 inline __m128 quarter(__m512 v) {
  __m256 half = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
  return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}

/// Sums of the lanes of four vectors.
ATX_512 inline __m128 sums(__m512 a, __m512 b, __m512 c, __m512 d) {
  __m128 p = quarter(a), q = quarter(b), r = quarter(c), s = quarter(d);
  __m128 pq = _mm_add_ps(_mm_unpacklo_ps(p, q), _mm_unpackhi_ps(p, q));
  __m128 rs = _mm_add_ps(_mm_unpacklo_ps(r, s), _mm_unpackhi_ps(r, s));
  return _mm_add_ps(_mm_movelh_ps(pq, rs), _mm_movehl_ps(rs, pq));
}

/// From so many rows on, the next rows of the weight are asked for ahead: there products and loads take
/// turns, and the processor's own prefetching starts anew with every row. A single row keeps memory busy
/// by itself, and asking ahead only slowed it.
constexpr int kAhead = 4;

/// The sums of R rows of x times W rows of weights into out[r][w].
template <int R, int W>
ATX_512 void dots(const float *x, const float *weight, int64_t in, float out[R][W]) {
  __m512 sum[W][R];
#pragma clang loop unroll(full)
  for (int w = 0; w < W; w++)
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++) sum[w][r] = _mm512_setzero_ps();
  for (int64_t k = 0; k < in; k += 16) {
    __mmask16 mask = in - k >= 16 ? 0xffff : static_cast<__mmask16>((1u << (in - k)) - 1);
    __m512 row[R];
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++) row[r] = _mm512_maskz_loadu_ps(mask, x + r * in + k);
#pragma clang loop unroll(full)
    for (int w = 0; w < W; w++) {
      __m512 piece = _mm512_maskz_loadu_ps(mask, weight + w * in + k);
      if (R >= kAhead) _mm_prefetch(weight + (w + W) * in + k, _MM_HINT_T0);
#pragma clang loop unroll(full)
      for (int r = 0; r < R; r++) sum[w][r] = _mm512_fmadd_ps(piece, row[r], sum[w][r]);
    }
  }
  __m512 none = _mm512_setzero_ps();
#pragma clang loop unroll(full)
  for (int r = 0; r < R; r++)
#pragma clang loop unroll(full)
    for (int w = 0; w < W; w += 4) {
      float four[4];
      _mm_storeu_ps(four, sums(sum[w][r], w + 1 < W ? sum[w + 1][r] : none,
                               w + 2 < W ? sum[w + 2][r] : none, w + 3 < W ? sum[w + 3][r] : none));
#pragma clang loop unroll(full)
      for (int i = 0; i < 4; i++)
        if (w + i < W) out[r][w + i] = four[i];
    }
}

/// The same in bfloat16, pairs of products at a time.
template <int R, int W>
ATX_512_BF16 void dots(const uint16_t *x, const uint16_t *weight, int64_t in, float out[R][W]) {
  __m512 sum[W][R];
#pragma clang loop unroll(full)
  for (int w = 0; w < W; w++)
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++) sum[w][r] = _mm512_setzero_ps();
  for (int64_t k = 0; k < in; k += 32) {
    __mmask32 mask = in - k >= 32 ? 0xffffffffu : (1u << (in - k)) - 1;
    __m512bh row[R];
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++) {
      row[r] = (__m512bh)_mm512_maskz_loadu_epi16(mask, x + r * in + k);
    }
#pragma clang loop unroll(full)
    for (int w = 0; w < W; w++) {
      __m512bh piece = (__m512bh)_mm512_maskz_loadu_epi16(mask, weight + w * in + k);
      if (R >= kAhead) _mm_prefetch(weight + (w + W) * in + k, _MM_HINT_T0);
#pragma clang loop unroll(full)
      for (int r = 0; r < R; r++) sum[w][r] = _mm512_dpbf16_ps(sum[w][r], piece, row[r]);
    }
  }
  __m512 none = _mm512_setzero_ps();
#pragma clang loop unroll(full)
  for (int r = 0; r < R; r++)
#pragma clang loop unroll(full)
    for (int w = 0; w < W; w += 4) {
      float four[4];
      _mm_storeu_ps(four, sums(sum[w][r], w + 1 < W ? sum[w + 1][r] : none,
                               w + 2 < W ? sum[w + 2][r] : none, w + 3 < W ? sum[w + 3][r] : none));
#pragma clang loop unroll(full)
      for (int i = 0; i < 4; i++)
        if (w + i < W) out[r][w + i] = four[i];
    }
}

float read(float x) { return x; }
float read(uint16_t x) { return wide(x); }
void write(float *to, float x) { *to = x; }
void write(uint16_t *to, float x) { *to = narrow(x); }

/// R rows of x with the weights' rows begin ..< end, W of them at a time.
template <int R, int W, class T>
void band(const FewRows<T> &map, int64_t row, int64_t begin, int64_t end) {
  const T *x = map.x + row * map.in;
  T *y = map.y + row * map.out;
  auto put = [&](int r, int64_t n, float value) {
    write(y + r * map.out + n, value + (map.bias ? read(map.bias[n]) : 0.0f));
  };
  int64_t n = begin;
  for (; n + W <= end; n += W) {
    float out[R][W];
    dots<R, W>(x, map.weight + n * map.in, map.in, out);
    for (int r = 0; r < R; r++)
      for (int w = 0; w < W; w++) put(r, n + w, out[r][w]);
  }
  for (; n < end; n++) {
    float out[R][1];
    dots<R, 1>(x, map.weight + n * map.in, map.in, out);
    for (int r = 0; r < R; r++) put(r, n, out[r][0]);
  }
}

template <class T>
void run(const FewRows<T> &map) {
  using Band = void (*)(const FewRows<T> &, int64_t, int64_t, int64_t);
  static constexpr Band bands[8] = {band<1, 8, T>, band<2, 8, T>, band<3, 6, T>, band<4, 6, T>,
                                    band<5, 4, T>, band<6, 4, T>, band<7, 3, T>, band<8, 3, T>};
  // Weights that stay in the first cache while further rows come by.
  int64_t block = std::max<int64_t>(24, 16384 / std::max<int64_t>(1, map.in) / 24 * 24);
  // Below this much work a second thread costs more than it saves.
  int64_t grain = std::max<int64_t>(24, 65536 / std::max<int64_t>(1, map.in * map.rows));
  parallel(map.out, grain, [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; n += block) {
      int64_t last = std::min(end, n + block);
      for (int64_t row = 0; row < map.rows; row += 8) {
        int64_t count = std::min<int64_t>(8, map.rows - row);
        bands[count - 1](map, row, n, last);
      }
    }
  });
}

}  // namespace

bool has_few_rows(bool bfloat16) {
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  static const bool has_bfloat16 = has && __builtin_cpu_supports("avx512bf16");
  return bfloat16 ? has_bfloat16 : has;
}

void few_rows(const FewRows<float> &map) { run(map); }
void few_rows(const FewRows<uint16_t> &map) { run(map); }

#else

bool has_few_rows(bool) { return false; }
void few_rows(const FewRows<float> &) {}
void few_rows(const FewRows<uint16_t> &) {}

#endif

}  // namespace atx
