// Linear maps of a few rows: what generation computes, a token for each text.
#pragma once

#include <cstdint>

namespace atx {

/// y = x Wᵀ + bias for `rows` rows of x, all matrices in row-major order without gaps.
template <class T>
struct FewRows {
  int64_t rows, out, in;
  const T *x, *weight, *bias;  // [rows, in], [out, in], [out] or null
  T *y;                        // [rows, out]
};

/// Most rows for which reading the weights as they lie is faster than packing them.
constexpr int64_t kFewRows = 12;

/// Whether this processor has the kernel, for bfloat16 or for float32.
bool has_few_rows(bool bfloat16);

/// Computes it on libtorch's threads; T is float, or uint16_t for bfloat16.
void few_rows(const FewRows<float> &map);
void few_rows(const FewRows<uint16_t> &map);

}  // namespace atx
