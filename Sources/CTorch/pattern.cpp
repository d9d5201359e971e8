// Scores and pattern of attention, where somebody wants to see them: scale, mask and softmax in one
// pass over what the product of queries and keys left in the cache.
#include <ATen/ops/empty.h>

#include <cmath>

#include "kernels.hpp"
#include "support.hpp"
#include "vector_math.hpp"

namespace {

using at::Tensor;

constexpr int64_t kLanes = 16;

/// x becomes scale · x, or -∞ where it must not be looked at; y becomes its softmax.
///
/// Hidden places are summed with the others, so that the same scores give the same pattern to the bit,
/// however they came to be hidden.
template <class T>
ATX_INLINE void row_as(T *x, T *y, const bool *mask, int64_t open, int64_t count, float scale) {
  for (int64_t i = 0; i < open; i++) {
    float value = atx::widened(x[i]) * scale;
    if (mask != nullptr) value = mask[i] ? value : -INFINITY;
    atx::store(x + i, value);
  }
  for (int64_t i = open; i < count; i++) atx::store(x + i, -INFINITY);
  float best[kLanes], sum[kLanes];
  for (int64_t j = 0; j < kLanes; j++) best[j] = -INFINITY, sum[j] = 0;
  int64_t whole = count / kLanes * kLanes;
  for (int64_t i = 0; i < whole; i += kLanes) {
    for (int64_t j = 0; j < kLanes; j++) {
      float value = atx::widened(x[i + j]);
      best[j] = value > best[j] ? value : best[j];
    }
  }
  float most = -INFINITY, total = 0;
  for (int64_t j = 0; j < kLanes; j++) most = std::max(most, best[j]);
  for (int64_t i = whole; i < count; i++) most = std::max(most, atx::widened(x[i]));
  for (int64_t i = 0; i < whole; i += kLanes) {
    for (int64_t j = 0; j < kLanes; j++) {
      sum[j] += atx::exponential(atx::widened(x[i + j]) - most);
    }
  }
  for (int64_t j = 0; j < kLanes; j++) total += sum[j];
  for (int64_t i = whole; i < count; i++) {
    total += atx::exponential(atx::widened(x[i]) - most);
  }
  float share = 1.0f / total;
  for (int64_t i = 0; i < count; i++) {
    atx::store(y + i, atx::exponential(atx::widened(x[i]) - most) * share);
  }
}

ATX_VECTOR_CLONES void row(float *x, float *y, const bool *mask, int64_t open, int64_t count,
                           float scale) {
  row_as(x, y, mask, open, count, scale);
}
ATX_VECTOR_CLONES void row(c10::BFloat16 *x, c10::BFloat16 *y, const bool *mask, int64_t open,
                           int64_t count, float scale) {
  row_as(x, y, mask, open, count, scale);
}

template <class T>
void run(Tensor &scores, Tensor &pattern, const Tensor &mask, bool causal, float scale) {
  int64_t H = scores.size(1), Q = scores.size(2), S = scores.size(3);
  auto *x = static_cast<T *>(scores.mutable_data_ptr());
  auto *y = static_cast<T *>(pattern.mutable_data_ptr());
  auto *sees = mask.defined() ? static_cast<const bool *>(mask.const_data_ptr()) : nullptr;
  int64_t grain = std::max<int64_t>(1, 4096 / std::max<int64_t>(1, S));
  atx::parallel(scores.size(0) * H * Q, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      int64_t b = i / Q / H, t = i % Q;
      const bool *own = nullptr;
      if (sees) {
        own = sees + (mask.size(0) > 1 ? b * mask.stride(0) : 0) +
              (mask.size(2) > 1 ? t * mask.stride(2) : 0);
      }
      row(x + i * S, y + i * S, own, causal ? t + 1 : S, S, scale);
    }
  });
}

}  // namespace

int atx_attention_pattern(atx_tensor scores, atx_tensor mask, bool causal, double scale,
                          atx_tensor *out) {
  using namespace atx;
  return guard([&] {
    auto &x = ref(scores);
    auto type = x.scalar_type();
    bool fits = x.is_cpu() && x.dim() == 4 && x.is_contiguous() && x.numel() > 0 &&
                (type == at::kFloat || type == at::kBFloat16) && !x.requires_grad() &&
                (!causal || x.size(2) == x.size(3));
    if (mask && fits) {
      auto &m = ref(mask);
      fits = m.is_cpu() && m.scalar_type() == at::kBool && m.dim() == 4 && m.size(1) == 1 &&
             (m.size(0) == 1 || m.size(0) == x.size(0)) &&
             (m.size(2) == 1 || m.size(2) == x.size(2)) && m.size(3) == x.size(3) &&
             m.stride(3) == 1;
    }
    *out = nullptr;
    if (!fits) return;
    auto y = at::empty(x.sizes(), x.options());
    auto m = mask ? ref(mask) : Tensor();
    if (type == at::kFloat) {
      run<float>(x, y, m, causal, static_cast<float>(scale));
    } else {
      run<c10::BFloat16>(x, y, m, causal, static_cast<float>(scale));
    }
    *out = wrap(y);
  });
}
