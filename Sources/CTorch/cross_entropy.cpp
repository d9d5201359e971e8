// Cross-entropy of logits, and the greedy choice with its log-probability, one row after the other.
//
// Nothing of the size of the logits is made but their gradient.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/scalar_tensor.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

#include "kernels.hpp"
#include "support.hpp"
#include "vector_math.hpp"

namespace {

using at::Tensor;

constexpr int64_t kLanes = 16;

/// The largest of a row, its first place, and the logarithm of the sum of exponentials.
struct Summary {
  float most, logarithm;
  int64_t place;
};

template <class T>
ATX_INLINE Summary summary_as(const T *x, int64_t count) {
  float best[kLanes], sum[kLanes];
  int32_t place[kLanes];
  for (int64_t j = 0; j < kLanes; j++) best[j] = -INFINITY, place[j] = 0, sum[j] = 0;
  int64_t whole = count / kLanes * kLanes;
  for (int64_t i = 0; i < whole; i += kLanes) {
    for (int64_t j = 0; j < kLanes; j++) {
      float value = atx::widened(x[i + j]);
      bool above = value > best[j];
      best[j] = above ? value : best[j];
      place[j] = above ? static_cast<int32_t>(i) : place[j];
    }
  }
  Summary result{-INFINITY, 0, 0};
  bool found = false;
  for (int64_t j = 0; j < kLanes; j++) {
    int64_t at = place[j] + j;
    if (best[j] > result.most || (found && best[j] == result.most && at < result.place)) {
      result.most = best[j], result.place = at, found = true;
    }
  }
  for (int64_t i = whole; i < count; i++) {
    float value = atx::widened(x[i]);
    if (value > result.most) result.most = value, result.place = i;
  }
  for (int64_t i = 0; i < whole; i += kLanes) {
    for (int64_t j = 0; j < kLanes; j++) {
      sum[j] += atx::exponential(atx::widened(x[i + j]) - result.most);
    }
  }
  float total = 0;
  for (int64_t j = 0; j < kLanes; j++) total += sum[j];
  for (int64_t i = whole; i < count; i++) {
    total += atx::exponential(atx::widened(x[i]) - result.most);
  }
  result.logarithm = result.most + std::log(total);
  return result;
}

/// (softmax(x) - [target]) · scale.
template <class T>
ATX_INLINE void slope_as(const T *x, T *dx, int64_t count, float logarithm, int64_t target,
                         float scale) {
  for (int64_t i = 0; i < count; i++) {
    atx::store(dx + i, atx::exponential(atx::widened(x[i]) - logarithm) * scale);
  }
  float own = atx::exponential(atx::widened(x[target]) - logarithm);
  atx::store(dx + target, (own - 1.0f) * scale);
}

ATX_VECTOR_CLONES Summary summary(const float *x, int64_t count) { return summary_as(x, count); }
ATX_VECTOR_CLONES Summary summary(const c10::BFloat16 *x, int64_t count) {
  return summary_as(x, count);
}
ATX_VECTOR_CLONES void slope(const float *x, float *dx, int64_t count, float logarithm,
                             int64_t target, float scale) {
  slope_as(x, dx, count, logarithm, target, scale);
}
ATX_VECTOR_CLONES void slope(const c10::BFloat16 *x, c10::BFloat16 *dx, int64_t count,
                             float logarithm, int64_t target, float scale) {
  slope_as(x, dx, count, logarithm, target, scale);
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

bool is_plain(const Tensor &t) {
  return t.is_cpu() && t.dim() == 2 && t.numel() > 0 &&
         (t.scalar_type() == at::kFloat || t.scalar_type() == at::kBFloat16) &&
         t.size(1) < (int64_t{1} << 31);
}

/// Losses and logarithms [N] of contiguous logits [N, V].
std::pair<Tensor, Tensor> losses(const Tensor &x, const Tensor &targets, int64_t ignore) {
  int64_t count = x.size(1);
  auto loss = at::empty({x.size(0)}, x.options().dtype(at::kFloat));
  auto logarithms = at::empty({x.size(0)}, x.options().dtype(at::kFloat));
  auto *target = static_cast<const int64_t *>(targets.const_data_ptr());
  for (int64_t row = 0; row < x.size(0); row++) {
    TORCH_CHECK(target[row] == ignore || (target[row] >= 0 && target[row] < count), "target ",
                target[row], " is out of bounds for ", count, " classes");
  }
  auto *out = static_cast<float *>(loss.mutable_data_ptr());
  auto *logarithm = static_cast<float *>(logarithms.mutable_data_ptr());
  with_type(x, [&](auto *type) {
    using T = std::remove_pointer_t<decltype(type)>;
    auto *in = static_cast<const T *>(x.const_data_ptr());
    atx::parallel(x.size(0), grain_for(count), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        bool counts = target[row] != ignore;
        logarithm[row] = counts ? summary(in + row * count, count).logarithm : 0;
        out[row] = counts ? logarithm[row] - atx::widened(in[row * count + target[row]]) : 0;
      }
    });
  });
  return {loss, logarithms};
}

/// The gradient of logits for that of each row's loss [N].
Tensor slopes(const Tensor &g, const Tensor &x, const Tensor &targets, const Tensor &logarithms,
              int64_t ignore) {
  int64_t count = x.size(1);
  auto dx = at::empty(x.sizes(), x.options());
  auto *target = static_cast<const int64_t *>(targets.const_data_ptr());
  auto *weight = static_cast<const float *>(g.const_data_ptr());
  auto *logarithm = static_cast<const float *>(logarithms.const_data_ptr());
  with_type(x, [&](auto *type) {
    using T = std::remove_pointer_t<decltype(type)>;
    auto *in = static_cast<const T *>(x.const_data_ptr());
    auto *out = static_cast<T *>(dx.mutable_data_ptr());
    atx::parallel(x.size(0), grain_for(count), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        if (target[row] == ignore) {
          std::fill_n(out + row * count, count, T(0.0f));
        } else {
          slope(in + row * count, out + row * count, count, logarithm[row], target[row],
                weight[row]);
        }
      }
    });
  });
  return dx;
}

/// Each row's loss, [N].
struct CrossEntropy : torch::autograd::Function<CrossEntropy> {
  static Tensor forward(torch::autograd::AutogradContext *context, const Tensor &x,
                        const Tensor &targets, int64_t ignore) {
    at::AutoDispatchBelowADInplaceOrView below;
    auto [loss, logarithms] = losses(x, targets, ignore);
    context->save_for_backward({x, targets, logarithms});
    context->saved_data["ignore"] = ignore;
    return loss;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto ignore = context->saved_data["ignore"].toInt();
    if (c10::GradMode::is_enabled()) {
      // Single operations, where second derivatives are asked for.
      auto loss = at::cross_entropy_loss(saved[0].to(at::kFloat), saved[1], {}, at::Reduction::None,
                                         ignore, 0.0);
      return {torch::autograd::grad({loss}, {saved[0]}, {gradients[0]}, true, true)[0], Tensor(),
              Tensor()};
    }
    auto g = gradients[0].contiguous();
    return {slopes(g, saved[0], saved[1], saved[2], ignore), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor atx::cross_entropy(const Tensor &logits, const Tensor &targets, int64_t ignore,
                          int64_t reduction) {
  bool fits = is_plain(logits) && targets.is_cpu() && targets.dim() == 1 &&
              targets.scalar_type() == at::kLong && targets.size(0) == logits.size(0);
  if (!fits) {
    auto wide = logits.scalar_type() == at::kBFloat16 ? logits.to(at::kFloat) : logits;
    return at::cross_entropy_loss(wide, targets, {}, reduction, ignore, 0.0);
  }
  auto x = logits.contiguous(), wanted = targets.contiguous();
  auto each = c10::GradMode::is_enabled() && x.requires_grad()
                  ? CrossEntropy::apply(x, wanted, ignore)
                  : losses(x, wanted, ignore).first;
  if (reduction == at::Reduction::None) return each;
  auto sum = each.sum();
  if (reduction == at::Reduction::Sum) return sum;
  int64_t counted = 0;
  auto *target = static_cast<const int64_t *>(wanted.const_data_ptr());
  for (int64_t i = 0; i < wanted.size(0); i++) counted += target[i] != ignore;
  return sum / static_cast<double>(counted);
}

int atx_greedy(atx_tensor logits, atx_tensor *tokens, atx_tensor *log_probabilities) {
  using namespace atx;
  return guard([&] {
    auto x = ref(logits);
    TORCH_CHECK(x.dim() == 2 && x.numel() > 0, "expected [N, V], got ", x.sizes());
    auto device = x.device();
    if (!is_plain(x)) x = x.to(at::kFloat);
    x = x.cpu().detach().contiguous();
    int64_t count = x.size(1);
    auto places = at::empty({x.size(0)}, x.options().dtype(at::kLong));
    auto logs = at::empty({x.size(0)}, x.options().dtype(at::kFloat));
    auto *place = static_cast<int64_t *>(places.mutable_data_ptr());
    auto *log = static_cast<float *>(logs.mutable_data_ptr());
    with_type(x, [&](auto *type) {
      using T = std::remove_pointer_t<decltype(type)>;
      auto *in = static_cast<const T *>(x.const_data_ptr());
      parallel(x.size(0), grain_for(count), [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; row++) {
          auto found = summary(in + row * count, count);
          place[row] = found.place;
          log[row] = found.most - found.logarithm;
        }
      });
    });
    *tokens = wrap(places.to(device));
    *log_probabilities = wrap(logs.to(device));
  });
}
