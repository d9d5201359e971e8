// RMSNorm (Zhang & Sennrich 2019) in one pass forward and one pass backward, in float32.
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

#include "kernels.hpp"
#include "support.hpp"

namespace {

using at::Tensor;

// y = x r w with r = 1 / sqrt(mean(x^2) + eps).
template <class X, class W>
void forward_rows(const X *x, const W *w, X *y, float *r, int64_t begin, int64_t end, int64_t d,
                  float eps) {
  for (int64_t row = begin; row < end; row++) {
    const X *in = x + row * d;
    X *out = y + row * d;
    float sum = 0;
    {
#pragma clang fp reassociate(on)
      for (int64_t i = 0; i < d; i++) {
        float value = in[i];
        sum += value * value;
      }
    }
    float scale = 1.0f / std::sqrt(sum / static_cast<float>(d) + eps);
    r[row] = scale;
    for (int64_t i = 0; i < d; i++) {
      out[i] = static_cast<X>(static_cast<float>(in[i]) * scale * static_cast<float>(w[i]));
    }
  }
}

// dx = r g w - x r^3 mean(g w x); dw += g x r.
template <class X, class W>
void backward_rows(const X *g, const X *x, const W *w, const float *r, X *dx, float *dw,
                   int64_t begin, int64_t end, int64_t d) {
  for (int64_t row = begin; row < end; row++) {
    const X *grad = g + row * d;
    const X *in = x + row * d;
    X *out = dx + row * d;
    float scale = r[row];
    float dot = 0;
    {
#pragma clang fp reassociate(on)
      for (int64_t i = 0; i < d; i++) {
        dot += static_cast<float>(grad[i]) * static_cast<float>(w[i]) * static_cast<float>(in[i]);
      }
    }
    float pull = scale * scale * scale * dot / static_cast<float>(d);
    for (int64_t i = 0; i < d; i++) {
      float gradient = grad[i];
      float value = in[i];
      dw[i] += gradient * value * scale;
      out[i] = static_cast<X>(scale * gradient * static_cast<float>(w[i]) - value * pull);
    }
  }
}

/// Calls `body` with null pointers of the element types of `x` and `w`.
template <class Body>
void with_types(const Tensor &x, const Tensor &w, Body &&body) {
  auto second = [&](auto *first) {
    if (w.scalar_type() == at::kFloat) {
      body(first, static_cast<float *>(nullptr));
    } else {
      body(first, static_cast<at::BFloat16 *>(nullptr));
    }
  };
  if (x.scalar_type() == at::kFloat) {
    second(static_cast<float *>(nullptr));
  } else {
    second(static_cast<at::BFloat16 *>(nullptr));
  }
}

int64_t grain_for(int64_t d) { return std::max<int64_t>(1, 8192 / std::max<int64_t>(1, d)); }

/// Results and the factors r, one per row.
std::pair<Tensor, Tensor> forward(const Tensor &x, const Tensor &w, double eps) {
  auto d = x.size(-1);
  auto rows = x.numel() / d;
  auto y = at::empty(x.sizes(), x.options());
  auto r = at::empty({rows}, x.options().dtype(at::kFloat));
  with_types(x, w, [&](auto *xt, auto *wt) {
    using X = std::remove_pointer_t<decltype(xt)>;
    using W = std::remove_pointer_t<decltype(wt)>;
    auto *in = static_cast<const X *>(x.const_data_ptr());
    auto *weight = static_cast<const W *>(w.const_data_ptr());
    auto *out = static_cast<X *>(y.mutable_data_ptr());
    auto *factors = static_cast<float *>(r.mutable_data_ptr());
    atx::parallel(rows, grain_for(d), [&](int64_t begin, int64_t end) {
      forward_rows(in, weight, out, factors, begin, end, d, static_cast<float>(eps));
    });
  });
  return {y, r};
}

std::pair<Tensor, Tensor> backward(const Tensor &g, const Tensor &x, const Tensor &w,
                                   const Tensor &r) {
  auto d = x.size(-1);
  auto rows = x.numel() / d;
  auto dx = at::empty(x.sizes(), x.options());
  // One row per thread, so that the order of additions is the same in every run.
  auto partial = at::zeros({at::get_num_threads(), d}, x.options().dtype(at::kFloat));
  auto *sums = static_cast<float *>(partial.mutable_data_ptr());
  with_types(x, w, [&](auto *xt, auto *wt) {
    using X = std::remove_pointer_t<decltype(xt)>;
    using W = std::remove_pointer_t<decltype(wt)>;
    auto *grad = static_cast<const X *>(g.const_data_ptr());
    auto *in = static_cast<const X *>(x.const_data_ptr());
    auto *weight = static_cast<const W *>(w.const_data_ptr());
    auto *factors = static_cast<const float *>(r.const_data_ptr());
    auto *out = static_cast<X *>(dx.mutable_data_ptr());
    atx::parallel(rows, grain_for(d), [&](int64_t begin, int64_t end) {
      backward_rows(grad, in, weight, factors, out, sums + at::get_thread_num() * d, begin, end,
                    d);
    });
  });
  return {dx, partial.sum(0).to(w.scalar_type())};
}

/// The gradients out of single operations, where second derivatives are asked for.
torch::autograd::variable_list differentiable(const Tensor &gradient, const Tensor &input,
                                              const Tensor &w, double eps) {
  auto x = input.to(at::kFloat), g = gradient.to(at::kFloat);
  auto r = (x.square().mean(-1, true) + eps).rsqrt();
  auto gw = g * w.to(at::kFloat);
  auto dx = r * gw - x * r.pow(3) * (gw * x).mean(-1, true);
  auto dw = (g * x * r).reshape({-1, x.size(-1)}).sum(0);
  return {dx.to(input.scalar_type()), dw.to(w.scalar_type()), Tensor()};
}

struct RMSNorm : torch::autograd::Function<RMSNorm> {
  static Tensor forward(torch::autograd::AutogradContext *context, const Tensor &x,
                        const Tensor &w, double eps) {
    at::AutoDispatchBelowADInplaceOrView below;
    auto [y, r] = ::forward(x, w, eps);
    context->save_for_backward({x, w, r});
    context->saved_data["eps"] = eps;
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    auto saved = context->get_saved_variables();
    if (c10::GradMode::is_enabled()) {
      return differentiable(gradients[0], saved[0], saved[1],
                            context->saved_data["eps"].toDouble());
    }
    auto g = gradients[0].to(saved[0].scalar_type()).contiguous();
    auto [dx, dw] = ::backward(g, saved[0], saved[1], saved[2]);
    return {dx, dw, Tensor()};
  }
};

bool is_plain(const Tensor &t) {
  return t.is_cpu() && t.is_contiguous() &&
         (t.scalar_type() == at::kFloat || t.scalar_type() == at::kBFloat16);
}

}  // namespace

at::Tensor atx::fused_rms_norm(const Tensor &input, const Tensor &weight, double eps) {
  if (!input.is_cpu() || input.dim() == 0 || input.numel() == 0 || weight.dim() != 1 ||
      weight.size(0) != input.size(-1)) {
    return {};
  }
  auto x = input.contiguous();
  if (!is_plain(x) || !is_plain(weight)) return {};
  if (c10::GradMode::is_enabled() && (x.requires_grad() || weight.requires_grad())) {
    return RMSNorm::apply(x, weight, eps);
  }
  return ::forward(x, weight, eps).first;
}
