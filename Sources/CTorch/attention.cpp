// Attention of one new token for each text, over the keys and values that a cache holds.
//
// The library's own copies grouped keys for every head and prepares blocks that a single query never
// fills.
#include <ATen/ops/empty.h>

#include <cmath>
#include <vector>

#include "kernels.hpp"
#include "support.hpp"
#include "vector_math.hpp"

namespace {

using at::Tensor;

/// What one group of query heads, those of one key head, needs.
template <class T>
struct Group {
  const T *q;  // [G, D], rows one after the other
  const T *k, *v;
  int64_t k_step, v_step;  // between tokens
  const bool *mask;        // [S] with `mask_step`, or null
  int64_t mask_step;
  T *out;  // [G, D]
  int64_t heads, tokens, width;
  float scale;
};

/// D is the width of a head, or 0 for any.
template <int D, class T>
ATX_INLINE void attend_as(const Group<T> &g, float *scores, float *sum) {
  int64_t d = D ? D : g.width;
  for (int64_t h = 0; h < g.heads; h++) {
    const T *q = g.q + h * d;
    float most = -INFINITY;
    for (int64_t s = 0; s < g.tokens; s++) {
      const T *k = g.k + s * g.k_step;
      float dot = 0;
      {
#pragma clang fp reassociate(on) contract(fast)
        for (int64_t i = 0; i < d; i++) dot += atx::widened(q[i]) * atx::widened(k[i]);
      }
      bool sees = g.mask == nullptr || g.mask[s * g.mask_step];
      scores[s] = sees ? dot * g.scale : -INFINITY;
      most = std::max(most, scores[s]);
    }
    float total = 0;
    {
#pragma clang fp reassociate(on) contract(fast)
      for (int64_t s = 0; s < g.tokens; s++) {
        scores[s] = atx::exponential(scores[s] - most);
        total += scores[s];
      }
    }
    for (int64_t i = 0; i < d; i++) sum[i] = 0;
    for (int64_t s = 0; s < g.tokens; s++) {
#pragma clang fp contract(fast)
      const T *v = g.v + s * g.v_step;
      float p = scores[s];
      for (int64_t i = 0; i < d; i++) sum[i] += p * atx::widened(v[i]);
    }
    T *out = g.out + h * d;
    for (int64_t i = 0; i < d; i++) atx::store(out + i, sum[i] / total);
  }
}

template <class T>
ATX_INLINE void attend_any(const Group<T> &g, float *scores) {
  constexpr int64_t widest = 256;
  float sum[widest];
  switch (g.width) {
    case 32: return attend_as<32>(g, scores, sum);
    case 64: return attend_as<64>(g, scores, sum);
    case 128: return attend_as<128>(g, scores, sum);
    default: return attend_as<0>(g, scores, sum);
  }
}

ATX_VECTOR_CLONES void attend(const Group<float> &g, float *scores) { attend_any(g, scores); }
ATX_VECTOR_CLONES void attend(const Group<c10::BFloat16> &g, float *scores) {
  attend_any(g, scores);
}

template <class T>
void run(const Tensor &q, const Tensor &k, const Tensor &v, const Tensor &mask, float scale,
         Tensor &out) {
  int64_t H = q.size(1), D = q.size(3), K = k.size(1), S = k.size(2), G = H / K;
  auto *queries = static_cast<const T *>(q.const_data_ptr());
  auto *keys = static_cast<const T *>(k.const_data_ptr());
  auto *values = static_cast<const T *>(v.const_data_ptr());
  auto *sees = mask.defined() ? static_cast<const bool *>(mask.const_data_ptr()) : nullptr;
  auto *to = static_cast<T *>(out.mutable_data_ptr());
  int64_t grain = std::max<int64_t>(1, 16384 / std::max<int64_t>(1, G * S * D));
  atx::parallel(q.size(0) * K, grain, [&](int64_t begin, int64_t end) {
    thread_local std::vector<float> scores;
    if (scores.size() < static_cast<size_t>(S)) scores.resize(static_cast<size_t>(2 * S));
    for (int64_t unit = begin; unit < end; unit++) {
      int64_t b = unit / K, head = unit % K;
      Group<T> g{queries + b * q.stride(0) + head * G * D,
                 keys + b * k.stride(0) + head * k.stride(1),
                 values + b * v.stride(0) + head * v.stride(1),
                 k.stride(2),
                 v.stride(2),
                 sees ? sees + (mask.size(0) > 1 ? b * mask.stride(0) : 0) : nullptr,
                 sees ? mask.stride(3) : 0,
                 to + (b * H + head * G) * D,
                 G,
                 S,
                 D,
                 scale};
      attend(g, scores.data());
    }
  });
}

}  // namespace

Tensor atx::fused_attention(const Tensor &query, const Tensor &k, const Tensor &v,
                            const Tensor &mask, double scale) {
  auto type = query.scalar_type();
  bool fits = query.is_cpu() && query.dim() == 4 && query.size(2) == 1 && query.numel() > 0 &&
              (type == at::kFloat || type == at::kBFloat16) && k.dim() == 4 && v.dim() == 4 &&
              k.is_cpu() && v.is_cpu() && k.scalar_type() == type && v.scalar_type() == type &&
              k.sizes() == v.sizes() && k.size(0) == query.size(0) && k.size(2) > 0 &&
              k.size(3) == query.size(3) && query.size(3) <= 256 && k.stride(3) == 1 &&
              v.stride(3) == 1 && k.size(1) > 0 && query.size(1) % k.size(1) == 0;
  if (!fits) return {};
  if (c10::GradMode::is_enabled() &&
      (query.requires_grad() || k.requires_grad() || v.requires_grad()))
    return {};
  if (mask.defined() &&
      !(mask.is_cpu() && mask.scalar_type() == at::kBool && mask.dim() == 4 && mask.size(1) == 1 &&
        mask.size(2) == 1 && mask.size(3) == k.size(2) &&
        (mask.size(0) == 1 || mask.size(0) == query.size(0))))
    return {};
  // Heads of a row one after the other.
  auto q = query.stride(3) == 1 && query.stride(1) == query.size(3) ? query : query.contiguous();
  auto out = at::empty(q.sizes(), q.options());
  float factor = static_cast<float>(scale > 0 ? scale : 1 / std::sqrt(double(q.size(3))));
  if (type == at::kFloat) {
    run<float>(q, k, v, mask, factor, out);
  } else {
    run<c10::BFloat16>(q, k, v, mask, factor, out);
  }
  return out;
}
