// Linear maps y = x Wᵀ + b, by whichever kernel is fastest for their shape.
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/mm.h>
#include <torch/csrc/autograd/custom_function.h>

#include "few_rows.hpp"
#include "gemm.hpp"
#include "kernels.hpp"
#include "support.hpp"

namespace {

using at::Tensor;

bool is_float(const Tensor &t) { return t.is_cpu() && t.scalar_type() == at::kFloat; }

/// Whether rows or columns lie in one piece, so that the kernel can read them.
bool is_readable(const Tensor &t) {
  return is_float(t) && t.dim() == 2 && (t.stride(0) == 1 || t.stride(1) == 1);
}

/// a b + bias for float32 matrices that `is_readable` holds for.
Tensor product(const Tensor &a, const Tensor &b, const Tensor &bias) {
  auto c = at::empty({a.size(0), b.size(1)}, a.options());
  // A matrix of one row or column may have any stride there.
  auto step = [](const Tensor &t, int64_t dim) {
    return t.stride(1 - dim) == 1 || t.size(dim) > 1 ? t.stride(dim) : 1;
  };
  atx::Product p{a.size(0), b.size(1), a.size(1),
                 static_cast<const float *>(a.const_data_ptr()), step(a, 0), step(a, 1),
                 static_cast<const float *>(b.const_data_ptr()), step(b, 0), step(b, 1),
                 static_cast<float *>(c.mutable_data_ptr()), b.size(1)};
  if (bias.defined()) p.bias = static_cast<const float *>(bias.const_data_ptr());
  atx::multiply(p);
  return c;
}

/// x Wᵀ + b for plain float32 operands.
Tensor forward(const Tensor &x, const Tensor &weight, const Tensor &bias) {
  auto sizes = x.sizes().vec();
  sizes.back() = weight.size(0);
  return product(x.reshape({-1, x.size(-1)}), weight.t(), bias).view(sizes);
}

struct Linear : torch::autograd::Function<Linear> {
  static Tensor forward(torch::autograd::AutogradContext *context, const Tensor &x,
                        const Tensor &weight, const std::optional<Tensor> &bias) {
    at::AutoDispatchBelowADInplaceOrView below;
    context->save_for_backward({x, weight});
    context->saved_data["bias"] = bias.has_value();
    return ::forward(x, weight, bias.value_or(Tensor()));
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto &x = saved[0], &weight = saved[1];
    bool biased = context->saved_data["bias"].toBool();
    auto g = gradients[0].reshape({-1, weight.size(0)});  // [N, out]
    auto rows = x.reshape({-1, x.size(-1)});              // [N, in]
    torch::autograd::variable_list result(3);
    // Differentiable operations, where second derivatives are asked for.
    auto times = [](const Tensor &a, const Tensor &b) {
      return c10::GradMode::is_enabled() ? at::mm(a, b) : atx::fused_mm(a, b);
    };
    if (context->needs_input_grad(0)) result[0] = times(g, weight).view(x.sizes());
    if (context->needs_input_grad(1)) result[1] = times(g.t(), rows);
    if (biased && context->needs_input_grad(2)) result[2] = g.sum(0);
    return result;
  }
};

/// The map of a few rows; undefined where the operands do not fit.
template <class T>
Tensor few(const Tensor &x, const Tensor &weight, const Tensor &bias) {
  auto sizes = x.sizes().vec();
  sizes.back() = weight.size(0);
  auto y = at::empty(sizes, x.options());
  atx::FewRows<T> map{
      x.numel() / x.size(-1), weight.size(0), x.size(-1),
      static_cast<const T *>(x.const_data_ptr()), static_cast<const T *>(weight.const_data_ptr()),
      bias.defined() ? static_cast<const T *>(bias.const_data_ptr()) : nullptr,
      static_cast<T *>(y.mutable_data_ptr())};
  atx::few_rows(map);
  return y;
}

}  // namespace

Tensor atx::fused_mm(const Tensor &a, const Tensor &b) {
  bool fits = has_product() && is_readable(a) && is_readable(b) && a.size(1) == b.size(0) &&
              a.numel() > 0 && b.numel() > 0;
  return fits ? product(a, b, {}) : at::mm(a, b);
}

Tensor atx::fused_linear(const Tensor &input, const Tensor &weight, const Tensor &bias) {
  auto type = input.scalar_type();
  bool fits = input.is_cpu() && weight.is_cpu() && weight.scalar_type() == type &&
              input.dim() >= 1 && weight.dim() == 2 && input.size(-1) == weight.size(1) &&
              input.numel() > 0 && weight.numel() > 0 &&
              (type == at::kFloat || type == at::kBFloat16);
  if (bias.defined()) {
    fits = fits && bias.is_cpu() && bias.scalar_type() == type && bias.is_contiguous() &&
           bias.dim() == 1 && bias.size(0) == weight.size(0);
  }
  auto added = bias.defined() ? std::optional<Tensor>(bias) : std::nullopt;
  if (!fits) return at::linear(input, weight, added);
  bool recorded = c10::GradMode::is_enabled() &&
                  (input.requires_grad() || weight.requires_grad() ||
                   (bias.defined() && bias.requires_grad()));
  int64_t rows = input.numel() / input.size(-1);
  if (!recorded && rows <= kFewRows && weight.is_contiguous()) {
    if (has_few_rows(type == at::kBFloat16)) {
      auto x = input.contiguous();
      return type == at::kFloat ? few<float>(x, weight, bias) : few<uint16_t>(x, weight, bias);
    }
    auto y = single_row(input, weight, bias);
    if (y.defined()) return y;
  }
  if (type == at::kFloat && has_product() && is_readable(weight)) {
    return recorded ? Linear::apply(input, weight, added) : ::forward(input, weight, bias);
  }
  return at::linear(input, weight, added);
}
