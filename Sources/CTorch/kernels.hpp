// Our own fused loops, where libtorch's processor side takes several passes over memory.
#pragma once

#include <ATen/TensorIterator.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

namespace atx {

/// Runs `body(begin, end)` over 0..<count on libtorch's threads, at least `grain` at a time.
///
/// at::parallel_for is compiled into its caller, where it is serial without OpenMP flags; a tensor
/// iterator's loop runs inside libtorch.
template <class Body>
void parallel(int64_t count, int64_t grain, Body &&body) {
  if (count <= 0) return;
  auto token = at::empty({count}, at::TensorOptions().dtype(at::kByte));
  const char *base = static_cast<const char *>(token.data_ptr());
  auto iterator = at::TensorIterator::borrowing_nullary_op(token);
  iterator.for_each(
      [&](char **data, const int64_t *, int64_t size, int64_t outer) {
        int64_t begin = data[0] - base;
        body(begin, begin + size * outer);
      },
      grain);
}

/// The linear map of a single row; an undefined tensor where the operands need libtorch's own.
at::Tensor fused_linear(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias);

/// RMSNorm over the last dimension; an undefined tensor where the operands need libtorch's own.
at::Tensor fused_rms_norm(const at::Tensor &x, const at::Tensor &weight, double eps);

/// Rotary embedding in rotate-half form; an undefined tensor where the operands need the plain form.
at::Tensor fused_rotary(const at::Tensor &x, const at::Tensor &cos, const at::Tensor &sin);

}  // namespace atx
