// Rotary position embedding in rotate-half form, one pass forward and one pass backward.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include "kernels.hpp"
#include "support.hpp"

namespace {

using at::Tensor;

// Forward: y1 = x1 c1 - x2 s1, y2 = x2 c2 + x1 s2 on the two halves of each row.
// Backward is the transpose: dx1 = g1 c1 + g2 s2, dx2 = g2 c2 - g1 s1.
template <class X>
void turn_row(const X *x, const X *c, const X *s, X *y, int64_t half, bool back) {
  const X *c2 = c + half, *s2 = s + half;
  if (back) {
    for (int64_t i = 0; i < half; i++) {
      float a = x[i], b = x[i + half];
      y[i] = static_cast<X>(a * static_cast<float>(c[i]) + b * static_cast<float>(s2[i]));
      y[i + half] = static_cast<X>(b * static_cast<float>(c2[i]) - a * static_cast<float>(s[i]));
    }
  } else {
    for (int64_t i = 0; i < half; i++) {
      float a = x[i], b = x[i + half];
      y[i] = static_cast<X>(a * static_cast<float>(c[i]) - b * static_cast<float>(s[i]));
      y[i + half] = static_cast<X>(b * static_cast<float>(c2[i]) + a * static_cast<float>(s2[i]));
    }
  }
}

/// x [B, H, T, D] with adjacent elements in rows, cos and sin [B, 1, T, D]; any other strides.
Tensor turn(const Tensor &x, const Tensor &cos, const Tensor &sin, bool back) {
  auto y = at::empty(x.sizes(), x.options());
  int64_t H = x.size(1), T = x.size(2), D = x.size(3);
  auto rows = x.size(0) * H * T;
  auto run = [&](auto *type) {
    using X = std::remove_pointer_t<decltype(type)>;
    const X *in = static_cast<const X *>(x.const_data_ptr());
    const X *c = static_cast<const X *>(cos.const_data_ptr());
    const X *s = static_cast<const X *>(sin.const_data_ptr());
    X *out = static_cast<X *>(y.mutable_data_ptr());
    auto grain = std::max<int64_t>(1, 8192 / std::max<int64_t>(1, D));
    atx::parallel(rows, grain, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        int64_t t = row % T, h = row / T % H, b = row / T / H;
        turn_row(in + b * x.stride(0) + h * x.stride(1) + t * x.stride(2),
                 c + b * cos.stride(0) + t * cos.stride(2),
                 s + b * sin.stride(0) + t * sin.stride(2), out + row * D, D / 2, back);
      }
    });
  };
  if (x.scalar_type() == at::kFloat) {
    run(static_cast<float *>(nullptr));
  } else {
    run(static_cast<at::BFloat16 *>(nullptr));
  }
  return y;
}

struct Rotary : torch::autograd::Function<Rotary> {
  static Tensor forward(torch::autograd::AutogradContext *context, const Tensor &x,
                        const Tensor &cos, const Tensor &sin) {
    at::AutoDispatchBelowADInplaceOrView below;
    context->save_for_backward({cos, sin});
    return turn(x, cos, sin, false);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto g = gradients[0];
    if (c10::GradMode::is_enabled()) {
      // Single operations, where second derivatives are asked for.
      auto half = g.size(-1) / 2;
      auto g1 = g.narrow(-1, 0, half), g2 = g.narrow(-1, half, half);
      auto c1 = saved[0].narrow(-1, 0, half), c2 = saved[0].narrow(-1, half, half);
      auto s1 = saved[1].narrow(-1, 0, half), s2 = saved[1].narrow(-1, half, half);
      return {at::cat({g1 * c1 + g2 * s2, g2 * c2 - g1 * s1}, -1), Tensor(), Tensor()};
    }
    if (g.stride(-1) != 1) g = g.contiguous();
    return {turn(g, saved[0], saved[1], true), Tensor(), Tensor()};
  }
};

/// cos or sin as a view [B, 1, T, D] for x [B, H, T, D]; undefined where it does not fit.
Tensor table(const Tensor &t, const Tensor &x) {
  bool shared = t.dim() == 2;
  if (!shared && !(t.dim() == 4 && t.size(1) == 1)) return {};
  if (t.scalar_type() != x.scalar_type() || !t.is_cpu() || t.requires_grad()) return {};
  if (t.size(-1) != x.size(3) || t.size(-2) != x.size(2) || t.stride(-1) != 1) return {};
  if (!shared && t.size(0) != 1 && t.size(0) != x.size(0)) return {};
  return t.expand({x.size(0), 1, x.size(2), x.size(3)});
}

}  // namespace

at::Tensor atx::fused_rotary(const Tensor &x, const Tensor &cos, const Tensor &sin) {
  bool fits = x.is_cpu() && x.dim() == 4 && x.numel() > 0 && x.size(3) % 2 == 0 &&
              x.stride(3) == 1 &&
              (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
  if (!fits) return {};
  auto c = table(cos, x), s = table(sin, x);
  if (!c.defined() || !s.defined()) return {};
  if (c10::GradMode::is_enabled() && x.requires_grad()) return Rotary::apply(x, c, s);
  return turn(x, c, s, false);
}
