// A matrix times one vector, float32, each row on one thread, on any processor.
//
// Generation of one text is nothing but these products, bound by how fast weights come out of the
// cache. The library's own runs the sizes of small models on one thread, which leaves half of the
// bandwidth, or more, unused.
#include <ATen/ops/empty.h>

#include "kernels.hpp"
#include "support.hpp"

#if defined(__x86_64__) && defined(__linux__)
#define ATX_VECTOR_CLONES __attribute__((target_clones("avx512f", "avx2,fma", "default")))
#else
#define ATX_VECTOR_CLONES
#endif

namespace {

using at::Tensor;

// Four rows at a time: each loaded piece of x serves all of them.
ATX_VECTOR_CLONES
void dot_rows(const float *w, const float *x, const float *bias, float *y, int64_t begin,
              int64_t end, int64_t columns) {
#pragma clang fp reassociate(on) contract(fast)
  int64_t row = begin;
  for (; row + 4 <= end; row += 4) {
    const float *a = w + row * columns, *b = a + columns, *c = b + columns, *d = c + columns;
    float p = 0, q = 0, r = 0, s = 0;
    for (int64_t i = 0; i < columns; i++) {
      p += a[i] * x[i];
      q += b[i] * x[i];
      r += c[i] * x[i];
      s += d[i] * x[i];
    }
    y[row] = p + (bias ? bias[row] : 0);
    y[row + 1] = q + (bias ? bias[row + 1] : 0);
    y[row + 2] = r + (bias ? bias[row + 2] : 0);
    y[row + 3] = s + (bias ? bias[row + 3] : 0);
  }
  for (; row < end; row++) {
    const float *a = w + row * columns;
    float p = 0;
    for (int64_t i = 0; i < columns; i++) p += a[i] * x[i];
    y[row] = p + (bias ? bias[row] : 0);
  }
}

}  // namespace

at::Tensor atx::single_row(const Tensor &x, const Tensor &weight, const Tensor &bias) {
  bool fits = x.is_cpu() && x.scalar_type() == at::kFloat && weight.is_cpu() &&
              weight.scalar_type() == at::kFloat && weight.dim() == 2 && x.dim() >= 1 &&
              x.numel() == x.size(-1) && x.size(-1) == weight.size(1) && weight.is_contiguous() &&
              x.is_contiguous();
  // Large matrices come from memory, which both cores together read no faster than the library does.
  if (!fits || weight.numel() > (int64_t{1} << 22)) return {};
  if (bias.defined() && !(bias.is_cpu() && bias.scalar_type() == at::kFloat && bias.is_contiguous()))
    return {};
  auto sizes = x.sizes().vec();
  sizes.back() = weight.size(0);
  auto y = at::empty(sizes, x.options());
  const float *w = static_cast<const float *>(weight.const_data_ptr());
  const float *in = static_cast<const float *>(x.const_data_ptr());
  const float *b = bias.defined() ? static_cast<const float *>(bias.const_data_ptr()) : nullptr;
  float *out = static_cast<float *>(y.mutable_data_ptr());
  int64_t columns = weight.size(1);
  // Below this many rows a second thread costs more than it saves.
  int64_t grain = std::max<int64_t>(4, 65536 / std::max<int64_t>(1, columns));
  atx::parallel(weight.size(0), grain, [&](int64_t begin, int64_t end) {
    dot_rows(w, in, b, out, begin, end, columns);
  });
  return y;
}
