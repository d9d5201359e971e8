// A linear map that every run of rows has with a low-rank change of its own.
#include <ATen/TensorOperators.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include "kernels.hpp"
#include "support.hpp"

namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The changes of one matrix side by side: A is [K, R, in], B is [K, out, R] with zeros where an
/// output does not belong to a change, times the scale.
struct Joined {
  Tensor a, b;

  Joined(at::TensorList a_parts, at::TensorList b_parts, const std::vector<int64_t> &starts,
         int64_t out, double scale, at::ScalarType dtype) {
    a = (a_parts.size() == 1 ? a_parts[0] : at::cat(a_parts, 1)).to(dtype).contiguous();
    b = at::zeros({a.size(0), out, a.size(1)}, a.options());
    int64_t rank = 0;
    for (size_t i = 0; i < b_parts.size(); i++) {
      const auto &part = b_parts[i];
      b.narrow(1, starts[i], part.size(1)).narrow(2, rank, part.size(2)).copy_(part);
      rank += part.size(2);
    }
    b.mul_(scale);
  }
};

/// The forward pass with what its backward needs.
struct Product {
  Tensor rowed, hidden, y;  // [K, N, in], [K, N, R], [.., out]

  Product(const Tensor &x, const Tensor &weight, const std::optional<Tensor> &bias,
          const Joined &joined) {
    int64_t K = joined.a.size(0), in = x.size(-1), out = weight.size(0);
    int64_t rows = in ? x.numel() / in : 0;
    TORCH_CHECK(rows % K == 0, "expected rows that ", K, " members share equally, got ", rows);
    rowed = x.reshape({K, rows / K, in});
    hidden = at::bmm(rowed, joined.a.transpose(1, 2));
    y = atx::fused_linear(rowed.view({rows, in}), weight, bias.value_or(Tensor()))
            .view({K, rows / K, out});
    y.baddbmm_(hidden, joined.b.transpose(1, 2));
    auto shape = x.sizes().vec();
    shape.back() = out;
    y = y.view(shape);
  }
};

// With s B for B: y = x Wᵀ + (x Aᵀ) Bᵀ. Backward: dh = dy B, dx = dy W + dh A, dA = dhᵀ x,
// dB = dyᵀ h. Sums land in the larger product's result, so that each is one pass over memory.
struct LowRankLinear : torch::autograd::Function<LowRankLinear> {
  static Tensor forward(AutogradContext *context, const Tensor &x, const Tensor &weight,
                        const std::optional<Tensor> &bias, at::TensorList a, at::TensorList b,
                        std::vector<int64_t> starts, double scale) {
    at::AutoDispatchBelowADInplaceOrView below;
    Joined joined(a, b, starts, weight.size(0), scale, weight.scalar_type());
    Product product(x, weight, bias, joined);
    context->save_for_backward({product.rowed, weight, joined.a, joined.b, product.hidden});
    context->saved_data["starts"] = starts;
    context->saved_data["scale"] = scale;
    std::vector<int64_t> sizes(a.size() * 2);
    for (size_t i = 0; i < a.size(); i++) {
      sizes[2 * i] = a[i].size(1);
      sizes[2 * i + 1] = b[i].size(1);
    }
    context->saved_data["sizes"] = sizes;
    context->saved_data["shape"] = x.sizes().vec();
    context->saved_data["dtype"] = static_cast<int64_t>(a[0].scalar_type());
    context->saved_data["bias"] = bias.has_value();
    return product.y;
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    TORCH_CHECK(!c10::GradMode::is_enabled(),
                "second derivatives through low-rank changes are not supported");
    auto saved = context->get_saved_variables();
    auto &rowed = saved[0], &weight = saved[1], &a = saved[2], &b = saved[3], &hidden = saved[4];
    auto starts = context->saved_data["starts"].toIntVector();
    auto sizes = context->saved_data["sizes"].toIntVector();
    auto dtype = static_cast<at::ScalarType>(context->saved_data["dtype"].toInt());
    double scale = context->saved_data["scale"].toDouble();
    bool biased = context->saved_data["bias"].toBool();
    int64_t K = rowed.size(0), N = rowed.size(1), in = rowed.size(2), out = weight.size(0);

    auto dy = gradients[0].reshape({K, N, out});
    auto flat = dy.view({K * N, out});
    auto dh = at::bmm(dy, b);  // [K, N, R]
    size_t count = starts.size();
    // x, weight, bias, the As, the Bs, starts, scale
    variable_list result(3 + 2 * count + 2);
    if (context->needs_input_grad(0)) {
      auto dx = atx::fused_mm(flat, weight).view({K, N, in});
      dx.baddbmm_(dh, a);
      result[0] = dx.view(context->saved_data["shape"].toIntVector());
    }
    if (context->needs_input_grad(1)) {
      result[1] = atx::fused_mm(flat.t(), rowed.view({K * N, in}));
    }
    if (biased && context->needs_input_grad(2)) result[2] = flat.sum(0);
    auto da = at::bmm(dh.transpose(1, 2), rowed).to(dtype);                 // [K, R, in]
    auto db = at::bmm(dy.transpose(1, 2), hidden).to(dtype).mul_(scale);    // [K, out, R]
    int64_t rank = 0;
    for (size_t i = 0; i < count; i++) {
      int64_t r = sizes[2 * i];
      result[3 + i] = da.narrow(1, rank, r);
      result[3 + count + i] = db.narrow(1, starts[i], sizes[2 * i + 1]).narrow(2, rank, r);
      rank += r;
    }
    return result;
  }
};

}  // namespace

int atx_low_rank_linear(atx_tensor x, atx_tensor weight, atx_tensor bias, const atx_tensor *a,
                        const atx_tensor *b, const int64_t *starts, int64_t count, double scale,
                        atx_tensor *out) {
  using namespace atx;
  return make(out, [&] {
    auto as = list(a, count), bs = list(b, count);
    std::vector<int64_t> first(starts, starts + count);
    bool recorded = ref(x).requires_grad() || ref(weight).requires_grad();
    for (int64_t i = 0; i < count; i++) {
      recorded = recorded || as[i].requires_grad() || bs[i].requires_grad();
    }
    if (!recorded || !c10::GradMode::is_enabled()) {
      Joined joined(as, bs, first, ref(weight).size(0), scale, ref(weight).scalar_type());
      return Product(ref(x), ref(weight), optional(bias), joined).y;
    }
    return LowRankLinear::apply(ref(x), ref(weight), optional(bias), at::TensorList(as),
                                at::TensorList(bs), first, scale);
  });
}
