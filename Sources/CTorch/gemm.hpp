// Matrix products in float32 by our own kernel.
#pragma once

#include <cstdint>

namespace atx {

/// C = A B, plus `bias` in each row, or plus what C holds.
///
/// A is [rows, depth] with `a_m_step` and `a_k_step` between elements, of which one is 1; B is
/// [depth, columns] with `b_k_step` and `b_n_step`, of which one is 1; C's rows are in one piece,
/// `c_step` apart.
struct Product {
  int64_t rows, columns, depth;
  const float *a;
  int64_t a_m_step, a_k_step;
  const float *b;
  int64_t b_k_step, b_n_step;
  float *c;
  int64_t c_step;
  const float *bias = nullptr;
  bool adds = false;
};

/// Whether this processor has the kernel.
bool has_product();

/// Computes `product` on libtorch's threads.
void multiply(const Product &product);

}  // namespace atx
