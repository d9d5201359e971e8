#include <ATen/TensorOperators.h>
#include <ATen/ops/addcmul.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/rms_norm.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/softmax.h>

#include "kernels.hpp"
#include "support.hpp"

using namespace atx;

int atx_softmax(atx_tensor a, int64_t dim, atx_tensor *out) {
  return make(out, [&] { return at::softmax(ref(a), dim); });
}

int atx_log_softmax(atx_tensor a, int64_t dim, atx_tensor *out) {
  return make(out, [&] { return at::log_softmax(ref(a), dim); });
}

int atx_rms_norm(atx_tensor a, atx_tensor weight, double eps, atx_tensor *out) {
  return make(out, [&] {
    if (weight) {
      auto fused = fused_rms_norm(ref(a), ref(weight), eps);
      if (fused.defined()) return fused;
    }
    return at::rms_norm(ref(a), {ref(a).size(-1)}, optional(weight), eps);
  });
}

int atx_layer_norm(atx_tensor a, atx_tensor weight, atx_tensor bias, double eps, atx_tensor *out) {
  return make(out, [&] {
    return at::layer_norm(ref(a), {ref(a).size(-1)}, optional(weight), optional(bias), eps);
  });
}

namespace {
/// Rows of at most so many tokens are attended in float32.
constexpr int64_t short_row = 256;

/// Whether bfloat16 `q` had better be attended in float32.
///
/// On the processor, libtorch's kernel multiplies bfloat16 blocks of 32 queries of one head at a time,
/// each through a oneDNN primitive of its own. In short rows setting these up takes most of the time:
/// nearly half of a training step of a small model. In float32 the same blocks are plain calls.
bool attends_in_float32(const at::Tensor &q) {
  return q.device().is_cpu() && q.scalar_type() == at::kBFloat16 && q.dim() == 4 &&
         q.size(2) > 1 && q.size(2) <= short_row;
}
}  // namespace

int atx_attention(atx_tensor q, atx_tensor k, atx_tensor v, atx_tensor mask, bool causal,
                  double scale, bool grouped, atx_tensor *out) {
  return make(out, [&] {
    auto fused = fused_attention(ref(q), ref(k), ref(v), mask ? ref(mask) : at::Tensor(), scale);
    if (fused.defined()) return fused;
    auto factor = scale > 0 ? std::optional<double>(scale) : std::nullopt;
    if (attends_in_float32(ref(q))) {
      auto masking = optional(mask);
      if (masking && masking->is_floating_point()) masking = masking->to(at::kFloat);
      return at::scaled_dot_product_attention(ref(q).to(at::kFloat), ref(k).to(at::kFloat),
                                              ref(v).to(at::kFloat), masking, 0.0, causal, factor,
                                              grouped)
          .to(at::kBFloat16);
    }
    return at::scaled_dot_product_attention(ref(q), ref(k), ref(v), optional(mask), 0.0, causal,
                                            factor, grouped);
  });
}

int atx_cross_entropy(atx_tensor logits, atx_tensor targets, int64_t ignore, int64_t reduction,
                      atx_tensor *out) {
  return make(out, [&] { return cross_entropy(ref(logits), ref(targets), ignore, reduction); });
}

int atx_rotary(atx_tensor x, atx_tensor cos, atx_tensor sin, atx_tensor *out) {
  return make(out, [&] {
    const auto &input = ref(x);
    auto fused = fused_rotary(input, ref(cos), ref(sin));
    if (fused.defined()) return fused;
    auto half = input.size(-1) / 2;
    TORCH_CHECK(half * 2 == input.size(-1), "the last dimension must be even, got ",
                input.size(-1));
    auto turned = at::cat({input.narrow(-1, half, half).neg(), input.narrow(-1, 0, half)}, -1);
    return at::addcmul(input * ref(cos), turned, ref(sin));
  });
}

int atx_gated(atx_tensor x, bool gelu, atx_tensor *out) {
  return make(out, [&] { return gated(ref(x), gelu); });
}

int atx_mse(atx_tensor a, atx_tensor b, atx_tensor *out) {
  return make(out, [&] { return at::mse_loss(ref(a), ref(b)); });
}
