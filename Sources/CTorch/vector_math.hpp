// Elementary functions that compilers turn into vector instructions, and widths of elements.
#pragma once

#include <c10/util/BFloat16.h>

#include <algorithm>
#include <bit>
#include <cstdint>

// One version of a function for each width of vectors, chosen when the program starts. Templates that
// they call have to be ATX_INLINE, which gives them their caller's width.
#if defined(__x86_64__) && defined(__linux__)
#define ATX_VECTOR_CLONES __attribute__((target_clones("avx512f", "avx2,fma", "default")))
#else
#define ATX_VECTOR_CLONES
#endif
#define ATX_INLINE inline __attribute__((always_inline))

namespace atx {

ATX_INLINE float widened(float x) { return x; }
ATX_INLINE float widened(c10::BFloat16 x) {
  return std::bit_cast<float>(static_cast<uint32_t>(x.x) << 16);
}

ATX_INLINE void store(float *to, float x) { *to = x; }
/// To the nearest, ties to even.
ATX_INLINE void store(c10::BFloat16 *to, float x) {
  uint32_t bits = std::bit_cast<uint32_t>(x);
  uint32_t near = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  to->x = static_cast<uint16_t>(x == x ? near : 0x7fc0);
}

/// e to the x within 2e-7 of it, relatively; 0 below -87 and no more than e^88 above 88.
///
/// Cody & Waite 1980: x = n ln 2 + r, then a polynomial in r.
ATX_INLINE float exponential(float x) {
  float clamped = std::min(std::max(x, -87.3f), 88.0f);
  // Adding and taking away 1.5 · 2^23 rounds to a whole number.
  float n = (clamped * 1.44269504f + 12582912.0f) - 12582912.0f;
  float r = (clamped - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  float power = std::bit_cast<float>((static_cast<int32_t>(n) + 127) << 23);
  return x < -87.3f ? 0.0f : p * power;
}

ATX_INLINE float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }

}  // namespace atx
