// The gated hidden layer of an MLP (Shazeer 2020), act(a) b of [a b], one pass forward and one back.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "kernels.hpp"
#include "support.hpp"
#include "vector_math.hpp"

namespace {

using at::Tensor;

/// SiLU, or GELU in its approximation by tanh, and the derivative.
struct Activation {
  bool gelu;

  ATX_INLINE float value(float x) const { return x * atx::sigmoid(gelu ? inner(x) : x); }

  ATX_INLINE float slope(float x) const {
    float s = atx::sigmoid(gelu ? inner(x) : x);
    float growth = gelu ? 1.59576912f * (1.0f + 0.134145f * x * x) : 1.0f;
    return s + x * s * (1.0f - s) * growth;
  }

  /// (1 + tanh u) / 2 is the sigmoid of 2 u.
  static ATX_INLINE float inner(float x) { return 1.59576912f * (x + 0.044715f * x * x * x); }
};

template <class T>
ATX_INLINE void forward_as(const T *x, T *y, int64_t rows, int64_t width, Activation act) {
  for (int64_t row = 0; row < rows; row++, x += 2 * width, y += width) {
    for (int64_t i = 0; i < width; i++) {
#pragma clang fp contract(fast)
      atx::store(y + i, act.value(atx::widened(x[i])) * atx::widened(x[i + width]));
    }
  }
}

template <class T>
ATX_INLINE void backward_as(const T *g, const T *x, T *dx, int64_t rows, int64_t width,
                            Activation act) {
  for (int64_t row = 0; row < rows; row++, g += width, x += 2 * width, dx += 2 * width) {
    for (int64_t i = 0; i < width; i++) {
#pragma clang fp contract(fast)
      float a = atx::widened(x[i]), b = atx::widened(x[i + width]), d = atx::widened(g[i]);
      atx::store(dx + i, d * b * act.slope(a));
      atx::store(dx + i + width, d * act.value(a));
    }
  }
}

ATX_VECTOR_CLONES void forward_rows(const float *x, float *y, int64_t rows, int64_t width,
                                    bool gelu) {
  if (gelu) forward_as(x, y, rows, width, Activation{true});
  else forward_as(x, y, rows, width, Activation{false});
}
ATX_VECTOR_CLONES void forward_rows(const c10::BFloat16 *x, c10::BFloat16 *y, int64_t rows,
                                    int64_t width, bool gelu) {
  if (gelu) forward_as(x, y, rows, width, Activation{true});
  else forward_as(x, y, rows, width, Activation{false});
}
ATX_VECTOR_CLONES void backward_rows(const float *g, const float *x, float *dx, int64_t rows,
                                     int64_t width, bool gelu) {
  if (gelu) backward_as(g, x, dx, rows, width, Activation{true});
  else backward_as(g, x, dx, rows, width, Activation{false});
}
ATX_VECTOR_CLONES void backward_rows(const c10::BFloat16 *g, const c10::BFloat16 *x,
                                     c10::BFloat16 *dx, int64_t rows, int64_t width, bool gelu) {
  if (gelu) backward_as(g, x, dx, rows, width, Activation{true});
  else backward_as(g, x, dx, rows, width, Activation{false});
}

template <class Body>
void with_type(const Tensor &x, Body &&body) {
  if (x.scalar_type() == at::kFloat) {
    body(static_cast<float *>(nullptr));
  } else {
    body(static_cast<c10::BFloat16 *>(nullptr));
  }
}

int64_t grain_for(int64_t width) { return std::max<int64_t>(1, 8192 / std::max<int64_t>(1, width)); }

Tensor forward(const Tensor &x, bool gelu) {
  int64_t width = x.size(-1) / 2, rows = x.numel() / x.size(-1);
  auto sizes = x.sizes().vec();
  sizes.back() = width;
  auto y = at::empty(sizes, x.options());
  with_type(x, [&](auto *type) {
    using T = std::remove_pointer_t<decltype(type)>;
    auto *in = static_cast<const T *>(x.const_data_ptr());
    auto *out = static_cast<T *>(y.mutable_data_ptr());
    atx::parallel(rows, grain_for(width), [&](int64_t begin, int64_t end) {
      forward_rows(in + 2 * width * begin, out + width * begin, end - begin, width, gelu);
    });
  });
  return y;
}

Tensor backward(const Tensor &g, const Tensor &x, bool gelu) {
  int64_t width = x.size(-1) / 2, rows = x.numel() / x.size(-1);
  auto dx = at::empty(x.sizes(), x.options());
  with_type(x, [&](auto *type) {
    using T = std::remove_pointer_t<decltype(type)>;
    auto *grad = static_cast<const T *>(g.const_data_ptr());
    auto *in = static_cast<const T *>(x.const_data_ptr());
    auto *out = static_cast<T *>(dx.mutable_data_ptr());
    atx::parallel(rows, grain_for(width), [&](int64_t begin, int64_t end) {
      backward_rows(grad + width * begin, in + 2 * width * begin, out + 2 * width * begin,
                    end - begin, width, gelu);
    });
  });
  return dx;
}

Tensor plain(const Tensor &x, bool gelu) {
  auto width = x.size(-1) / 2;
  auto gate = x.narrow(-1, 0, width), up = x.narrow(-1, width, width);
  return (gelu ? at::gelu(gate, "tanh") : at::silu(gate)) * up;
}

struct Gated : torch::autograd::Function<Gated> {
  static Tensor forward(torch::autograd::AutogradContext *context, const Tensor &x, bool gelu) {
    at::AutoDispatchBelowADInplaceOrView below;
    context->save_for_backward({x});
    context->saved_data["gelu"] = gelu;
    return ::forward(x, gelu);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    auto x = context->get_saved_variables()[0];
    bool gelu = context->saved_data["gelu"].toBool();
    if (c10::GradMode::is_enabled()) {
      // Single operations, where second derivatives are asked for.
      auto y = plain(x, gelu);
      return {torch::autograd::grad({y}, {x}, {gradients[0]}, true, true)[0], Tensor()};
    }
    return {::backward(gradients[0].to(x.scalar_type()).contiguous(), x, gelu), Tensor()};
  }
};

}  // namespace

Tensor atx::gated(const Tensor &input, bool gelu) {
  TORCH_CHECK(input.dim() > 0 && input.size(-1) % 2 == 0,
              "the last dimension must be even, got shape ", input.sizes());
  auto type = input.scalar_type();
  bool fits = input.is_cpu() && input.numel() > 0 && (type == at::kFloat || type == at::kBFloat16);
  if (!fits) return plain(input, gelu);
  auto x = input.contiguous();
  if (c10::GradMode::is_enabled() && x.requires_grad()) return Gated::apply(x, gelu);
  return ::forward(x, gelu);
}
