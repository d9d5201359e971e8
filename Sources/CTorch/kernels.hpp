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

/// x Wᵀ + bias by the fastest kernel for the shape, recorded where gradients are; bias may be undefined.
at::Tensor fused_linear(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias);

/// The product of two matrices by the fastest kernel, never recorded.
at::Tensor fused_mm(const at::Tensor &a, const at::Tensor &b);

/// The linear map of a single row in float32, on any processor; an undefined tensor where the operands
/// need libtorch's own.
at::Tensor single_row(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias);

/// Attention of one query per row; an undefined tensor where the operands need libtorch's own. `mask`
/// may be undefined, scale <= 0 means 1/sqrt(D).
at::Tensor fused_attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v,
                           const at::Tensor &mask, double scale);

/// act(a) b of [a b] in the last dimension, with SiLU or with GELU approximated by tanh.
at::Tensor gated(const at::Tensor &x, bool gelu);

/// Cross-entropy in float32 of logits [N, V]; reduction as in `at::Reduction`.
at::Tensor cross_entropy(const at::Tensor &logits, const at::Tensor &targets, int64_t ignore,
                         int64_t reduction);

/// Has tensors take the memory of those that went before them.
void keep_blocks();

/// RMSNorm over the last dimension; an undefined tensor where the operands need libtorch's own.
at::Tensor fused_rms_norm(const at::Tensor &x, const at::Tensor &weight, double eps);

/// Rotary embedding in rotate-half form; an undefined tensor where the operands need the plain form.
at::Tensor fused_rotary(const at::Tensor &x, const at::Tensor &cos, const at::Tensor &sin);

}  // namespace atx
