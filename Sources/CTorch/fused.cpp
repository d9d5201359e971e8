#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <bit>

#include "atx_fused.h"
#include "support.hpp"

using namespace atx;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

// Each row function is compiled for several processors; the loader picks one.
#if defined(__x86_64__) && defined(__linux__) && defined(__clang__)
#define ATX_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ATX_CLONES
#endif
#define ATX_INLINE inline __attribute__((always_inline))

namespace {

using Half = uint16_t;  // the bits of a bfloat16

ATX_INLINE float widen(Half h) { return std::bit_cast<float>(static_cast<uint32_t>(h) << 16); }

ATX_INLINE Half round_to_half(float f) {
  auto bits = std::bit_cast<uint32_t>(f);
  auto rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  return static_cast<Half>((bits & 0x7fffffffu) > 0x7f800000u ? 0x7fc0u : rounded);
}

/// e^x within 2 units of the last place, after Cephes; vectorises, unlike the library's.
ATX_INLINE float fast_exp(float x) {
  x = x < -87.0f ? -87.0f : (x > 88.0f ? 88.0f : x);
  float n = (x * 1.44269504f + 12582912.0f) - 12582912.0f;
  float f = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * f + 1.3981999507e-3f;
  p = p * f + 8.3334519073e-3f;
  p = p * f + 4.1665795894e-2f;
  p = p * f + 1.6666665459e-1f;
  p = p * f + 5.0000001201e-1f;
  p = p * f * f + f + 1.0f;
  return p * std::bit_cast<float>((static_cast<int32_t>(n) + 127) << 23);
}

ATX_CLONES void widen_row(const Half *in, float *out, int64_t n) {
  for (int64_t i = 0; i < n; i++) out[i] = widen(in[i]);
}

ATX_CLONES void round_row(const float *in, Half *out, int64_t n) {
  for (int64_t i = 0; i < n; i++) out[i] = round_to_half(in[i]);
}

ATX_CLONES void add_row(const float *a, const float *b, float *out, int64_t n) {
  for (int64_t i = 0; i < n; i++) out[i] = a[i] + b[i];
}

ATX_CLONES float square_sum(const float *x, int64_t n) {
#pragma clang fp reassociate(on)
  float sum = 0;
  for (int64_t i = 0; i < n; i++) sum += x[i] * x[i];
  return sum;
}

ATX_CLONES void norm_row(const float *x, const float *w, float r, float *y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = w[i] * (x[i] * r);
}

ATX_CLONES float norm_dot(const float *dy, const float *w, const float *x, int64_t n) {
#pragma clang fp reassociate(on)
  float sum = 0;
  for (int64_t i = 0; i < n; i++) sum += dy[i] * w[i] * x[i];
  return sum;
}

ATX_CLONES void norm_grad(const float *dy, const float *w, const float *x, float r, float m,
                          const float *dsum, float *dx, float *dw, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    float hat = x[i] * r;
    dx[i] = r * (dy[i] * w[i] - hat * m) + dsum[i];
    dw[i] += dy[i] * hat;
  }
}

ATX_CLONES void swiglu_row(const float *g, const float *u, float *out, int64_t n) {
  for (int64_t i = 0; i < n; i++) out[i] = g[i] / (1.0f + fast_exp(-g[i])) * u[i];
}

ATX_CLONES void swiglu_grad(const float *g, const float *u, const float *d, float *dg, float *du,
                            int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    float s = 1.0f / (1.0f + fast_exp(-g[i]));
    dg[i] = d[i] * u[i] * s * (1.0f + g[i] * (1.0f - s));
    du[i] = d[i] * g[i] * s;
  }
}

/// Turns one head by an angle; `sign` -1 turns it back.
ATX_CLONES void turn(const float *x, const float *c, const float *s, float sign, float *y,
                     int64_t half) {
  for (int64_t i = 0; i < half; i++) {
    float a = x[i], b = x[i + half];
    y[i] = a * c[i] - sign * b * s[i];
    y[i + half] = b * c[i + half] + sign * a * s[i + half];
  }
}

ATX_CLONES float row_max(const float *x, int64_t n) {
#pragma clang fp reassociate(on)
  float m = x[0];
  for (int64_t i = 1; i < n; i++) m = x[i] > m ? x[i] : m;
  return m;
}

ATX_CLONES float exp_sum(const float *x, float m, int64_t n) {
#pragma clang fp reassociate(on)
  float sum = 0;
  for (int64_t i = 0; i < n; i++) sum += fast_exp(x[i] - m);
  return sum;
}

ATX_CLONES void softmax_row(const float *x, float lse, float scale, float *out, int64_t n) {
  for (int64_t i = 0; i < n; i++) out[i] = scale * fast_exp(x[i] - lse);
}

/// A contiguous tensor of float32 or bfloat16, read and written in float32 pieces.
struct Rows {
  char *data;
  bool half;

  explicit Rows(const at::Tensor &t)
      : data(static_cast<char *>(t.data_ptr())), half(t.scalar_type() == at::kBFloat16) {
    TORCH_CHECK(half || t.scalar_type() == at::kFloat, "expected float32 or bfloat16, got ",
                t.scalar_type());
    TORCH_CHECK(t.is_contiguous() && t.is_cpu(), "expected a contiguous tensor on the CPU");
  }

  const float *read(int64_t offset, int64_t n, float *scratch) const {
    if (!half) return reinterpret_cast<const float *>(data) + offset;
    widen_row(reinterpret_cast<const Half *>(data) + offset, scratch, n);
    return scratch;
  }

  /// Where to write; `commit` brings it home.
  float *place(int64_t offset, float *scratch) const {
    return half ? scratch : reinterpret_cast<float *>(data) + offset;
  }

  void commit(int64_t offset, int64_t n, const float *scratch) const {
    if (half) round_row(scratch, reinterpret_cast<Half *>(data) + offset, n);
  }
};

/// Rows per task such that one is worth waking a thread for.
int64_t grain(int64_t width) { return std::max<int64_t>(1, 32768 / std::max<int64_t>(width, 1)); }

bool wants_gradient(std::initializer_list<const at::Tensor *> inputs) {
  if (!c10::GradMode::is_enabled()) return false;
  for (auto *t : inputs) {
    if (t->defined() && t->requires_grad()) return true;
  }
  return false;
}

// MARK: norm

struct NormResult {
  at::Tensor sum, normed, factors;
};

NormResult norm_forward(const at::Tensor &x_in, const at::Tensor &branch_in,
                        const at::Tensor &weight_in, double eps, at::ScalarType dtype) {
  auto x = x_in.contiguous();
  auto weight = weight_in.to(at::kFloat).contiguous();
  auto n = x.size(-1);
  auto rows = n == 0 ? 0 : x.numel() / n;
  TORCH_CHECK(weight.dim() == 1 && weight.size(0) == n, "expected a weight of ", n, ", got ",
              weight.sizes());
  bool adds = branch_in.defined();
  at::Tensor branch;
  if (adds) {
    TORCH_CHECK(branch_in.sizes() == x.sizes(), "expected a branch ", x.sizes(), ", got ",
                branch_in.sizes());
    branch = branch_in.contiguous();
  }
  auto sum = adds ? at::empty_like(x) : x;
  auto normed = at::empty(x.sizes(), x.options().dtype(dtype));
  auto factors = at::empty({rows}, x.options().dtype(at::kFloat));
  Rows in(x), add(adds ? branch : x), total(sum), out(normed);
  auto *w = weight.const_data_ptr<float>();
  auto *f = factors.mutable_data_ptr<float>();
  at::parallel_for(0, rows, grain(n), [&](int64_t begin, int64_t end) {
    std::vector<float> a(n), b(n), c(n);
    for (auto row = begin; row < end; row++) {
      auto at = row * n;
      auto *values = in.read(at, n, a.data());
      if (adds) {
        auto *place = total.place(at, c.data());
        add_row(values, add.read(at, n, b.data()), place, n);
        total.commit(at, n, place);
        // What is normed is what was stored.
        values = total.read(at, n, a.data());
      }
      f[row] = 1.0f / std::sqrt(square_sum(values, n) / static_cast<float>(n) +
                                static_cast<float>(eps));
      auto *place = out.place(at, c.data());
      norm_row(values, w, f[row], place, n);
      out.commit(at, n, place);
    }
  });
  return {sum, normed, factors};
}

struct FusedNorm : Function<FusedNorm> {
  static variable_list forward(AutogradContext *context, at::Tensor x, at::Tensor branch,
                               at::Tensor weight, double eps, int64_t dtype) {
    auto result = norm_forward(x, branch, weight, eps, static_cast<at::ScalarType>(dtype));
    context->saved_data["branch"] =
        branch.defined() ? static_cast<int64_t>(branch.scalar_type()) : int64_t{-1};
    context->save_for_backward({result.sum, weight, result.factors});
    if (!branch.defined()) return {result.normed};
    return {result.sum, result.normed};
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto sum = saved[0].contiguous();
    auto weight = saved[1].to(at::kFloat).contiguous();
    auto code = context->saved_data["branch"].toInt();
    bool adds = code >= 0;
    auto n = sum.size(-1);
    auto rows = sum.numel() / n;
    auto dy = gradients[adds ? 1 : 0];
    dy = dy.defined() ? dy.contiguous() : at::zeros_like(sum);
    at::Tensor dsum = adds ? gradients[0] : at::Tensor();
    if (dsum.defined()) dsum = dsum.contiguous();
    auto dx = at::empty_like(sum);
    // The same number of partial sums on every machine, so that the result is the same.
    const int64_t parts = 16;
    auto dw = at::zeros({parts, n}, weight.options());
    Rows values(sum), incoming(dy), kept(dsum.defined() ? dsum : sum), out(dx);
    auto *w = weight.const_data_ptr<float>();
    auto *f = saved[2].const_data_ptr<float>();
    auto *dweight = dw.mutable_data_ptr<float>();
    auto each = (rows + parts - 1) / parts;
    at::parallel_for(0, parts, std::max<int64_t>(1, grain(n) / std::max<int64_t>(each, 1)),
                     [&](int64_t begin, int64_t end) {
      std::vector<float> a(n), b(n), c(n), d(n), zero(n, 0.0f);
      for (auto part = begin; part < end; part++) {
        for (auto row = part * each; row < std::min(rows, (part + 1) * each); row++) {
          auto at = row * n;
          auto *x = values.read(at, n, a.data());
          auto *g = incoming.read(at, n, b.data());
          auto *rest = dsum.defined() ? kept.read(at, n, d.data()) : zero.data();
          auto mean = norm_dot(g, w, x, n) * f[row] / static_cast<float>(n);
          auto *place = out.place(at, c.data());
          norm_grad(g, w, x, f[row], mean, rest, place, dweight + part * n, n);
          out.commit(at, n, place);
        }
      }
    });
    auto dbranch = adds ? dx.to(static_cast<at::ScalarType>(code)) : at::Tensor();
    return {dx, dbranch, dw.sum(0).to(saved[1].scalar_type()), at::Tensor(), at::Tensor()};
  }
};

// MARK: SwiGLU

at::Tensor swiglu_forward(const at::Tensor &in) {
  auto x = in.contiguous();
  auto width = x.size(-1) / 2;
  TORCH_CHECK(width * 2 == x.size(-1), "the last dimension must be even, got ", x.size(-1));
  auto shape = x.sizes().vec();
  shape.back() = width;
  auto out = at::empty(shape, x.options());
  auto rows = width == 0 ? 0 : out.numel() / width;
  Rows values(x), result(out);
  at::parallel_for(0, rows, grain(width), [&](int64_t begin, int64_t end) {
    std::vector<float> a(2 * width), b(width);
    for (auto row = begin; row < end; row++) {
      auto *g = values.read(row * 2 * width, 2 * width, a.data());
      auto *place = result.place(row * width, b.data());
      swiglu_row(g, g + width, place, width);
      result.commit(row * width, width, place);
    }
  });
  return out;
}

struct FusedSwiGLU : Function<FusedSwiGLU> {
  static at::Tensor forward(AutogradContext *context, at::Tensor x) {
    context->save_for_backward({x});
    return swiglu_forward(x);
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    auto x = context->get_saved_variables()[0].contiguous();
    auto d = gradients[0].contiguous();
    auto width = d.size(-1);
    auto dx = at::empty_like(x);
    Rows values(x), incoming(d), out(dx);
    at::parallel_for(0, d.numel() / width, grain(width), [&](int64_t begin, int64_t end) {
      std::vector<float> a(2 * width), b(width), c(2 * width);
      for (auto row = begin; row < end; row++) {
        auto *g = values.read(row * 2 * width, 2 * width, a.data());
        auto *place = out.place(row * 2 * width, c.data());
        swiglu_grad(g, g + width, incoming.read(row * width, width, b.data()), place,
                    place + width, width);
        out.commit(row * 2 * width, 2 * width, place);
      }
    });
    return {dx};
  }
};

// MARK: q, k, v

struct Heads {
  int64_t B, T, H, K, D, angles;  // `angles`: elements from one row's rotations to the next's
};

Heads heads_of(const at::Tensor &qkv, const at::Tensor &cos, int64_t H, int64_t K) {
  TORCH_CHECK(qkv.dim() == 3 && qkv.size(2) % (H + 2 * K) == 0,
              "expected [B, T, (H + 2K) D], got ", qkv.sizes());
  Heads h{qkv.size(0), qkv.size(1), H, K, qkv.size(2) / (H + 2 * K), 0};
  TORCH_CHECK(h.D % 2 == 0, "the width of a head must be even, got ", h.D);
  bool shared = cos.dim() == 2;
  TORCH_CHECK(cos.numel() == (shared ? 1 : h.B) * h.T * h.D && cos.scalar_type() == at::kFloat,
              "expected float32 rotations [", h.T, ", ", h.D, "], got ", cos.sizes());
  h.angles = shared ? 0 : h.T * h.D;
  return h;
}

/// Moves heads between [B, T, H + 2K, D] and three [B, heads, T, D]; `back` is the gradient's way.
void move_heads(const Heads &h, const Rows &joined, const Rows (&parts)[3], const at::Tensor &cos,
                const at::Tensor &sin, bool back) {
  auto all = h.H + 2 * h.K;
  auto *c = cos.const_data_ptr<float>();
  auto *s = sin.const_data_ptr<float>();
  at::parallel_for(0, h.B * h.T, grain(all * h.D), [&](int64_t begin, int64_t end) {
    std::vector<float> a(h.D), b(h.D);
    for (auto place = begin; place < end; place++) {
      auto row = place / h.T, t = place % h.T;
      auto angle = row * h.angles + t * h.D;
      for (int64_t head = 0; head < all; head++) {
        int which = head < h.H ? 0 : (head < h.H + h.K ? 1 : 2);
        auto count = which == 0 ? h.H : h.K;
        auto index = which == 0 ? head : head - h.H - (which == 2 ? h.K : 0);
        auto there = ((row * count + index) * h.T + t) * h.D;
        auto here = (place * all + head) * h.D;
        auto &from = back ? parts[which] : joined;
        auto &to = back ? joined : parts[which];
        auto source = back ? there : here, target = back ? here : there;
        auto *values = from.read(source, h.D, a.data());
        auto *out = to.place(target, b.data());
        if (which == 2) {
          std::copy(values, values + h.D, out);
        } else {
          turn(values, c + angle, s + angle, back ? -1.0f : 1.0f, out, h.D / 2);
        }
        to.commit(target, h.D, out);
      }
    }
  });
}

variable_list qkv_forward(const at::Tensor &in, const at::Tensor &cos_in, const at::Tensor &sin_in,
                          int64_t H, int64_t K) {
  auto qkv = in.contiguous();
  auto cos = cos_in.contiguous(), sin = sin_in.contiguous();
  auto h = heads_of(qkv, cos, H, K);
  auto q = at::empty({h.B, H, h.T, h.D}, qkv.options());
  auto k = at::empty({h.B, K, h.T, h.D}, qkv.options());
  auto v = at::empty({h.B, K, h.T, h.D}, qkv.options());
  move_heads(h, Rows(qkv), {Rows(q), Rows(k), Rows(v)}, cos, sin, false);
  return {q, k, v};
}

struct FusedQKV : Function<FusedQKV> {
  static variable_list forward(AutogradContext *context, at::Tensor qkv, at::Tensor cos,
                               at::Tensor sin, int64_t H, int64_t K) {
    context->saved_data["H"] = H;
    context->saved_data["K"] = K;
    context->saved_data["shape"] = qkv.sizes().vec();
    context->save_for_backward({cos, sin});
    return qkv_forward(qkv, cos, sin, H, K);
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto H = context->saved_data["H"].toInt(), K = context->saved_data["K"].toInt();
    auto shape = context->saved_data["shape"].toIntVector();
    auto cos = saved[0].contiguous(), sin = saved[1].contiguous();
    at::Tensor known;
    for (auto &g : gradients) known = g.defined() ? g : known;
    auto dqkv = at::empty(shape, known.options());
    auto h = heads_of(dqkv, cos, H, K);
    at::Tensor parts[3];
    for (int i = 0; i < 3; i++) {
      parts[i] = gradients[i].defined()
                     ? gradients[i].contiguous()
                     : at::zeros({h.B, i == 0 ? H : K, h.T, h.D}, known.options());
    }
    move_heads(h, Rows(dqkv), {Rows(parts[0]), Rows(parts[1]), Rows(parts[2])}, cos, sin, true);
    return {dqkv, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

// MARK: cross-entropy

struct Entropy {
  at::Tensor loss, sums;
  int64_t counted;
};

Entropy entropy_forward(const at::Tensor &logits, const at::Tensor &targets, int64_t ignore) {
  TORCH_CHECK(logits.dim() == 2 && targets.dim() == 1 && targets.size(0) == logits.size(0) &&
                  targets.scalar_type() == at::kLong,
              "expected logits [N, V] and int64 targets [N], got ", logits.sizes(), " and ",
              targets.sizes());
  auto x = logits.contiguous();
  auto N = x.size(0), V = x.size(1);
  auto sums = at::empty({N}, x.options().dtype(at::kFloat));
  auto losses = at::zeros({N}, sums.options());
  auto t = targets.contiguous();
  auto *target = t.const_data_ptr<int64_t>();
  int64_t counted = 0;
  for (int64_t row = 0; row < N; row++) {
    if (target[row] == ignore) continue;
    TORCH_CHECK(target[row] >= 0 && target[row] < V, "target ", target[row],
                " is out of bounds for ", V, " classes");
    counted++;
  }
  Rows values(x);
  auto *sum = sums.mutable_data_ptr<float>();
  auto *loss = losses.mutable_data_ptr<float>();
  at::parallel_for(0, N, grain(V), [&](int64_t begin, int64_t end) {
    std::vector<float> a(V);
    for (auto row = begin; row < end; row++) {
      auto *p = values.read(row * V, V, a.data());
      auto m = row_max(p, V);
      sum[row] = m + std::log(exp_sum(p, m, V));
      if (target[row] != ignore) loss[row] = sum[row] - p[target[row]];
    }
  });
  return {losses.sum() / static_cast<double>(counted), sums, counted};
}

struct FusedEntropy : Function<FusedEntropy> {
  static at::Tensor forward(AutogradContext *context, at::Tensor logits, at::Tensor targets,
                            int64_t ignore) {
    auto result = entropy_forward(logits, targets, ignore);
    context->save_for_backward({logits, targets, result.sums});
    context->saved_data["ignore"] = ignore;
    context->saved_data["counted"] = result.counted;
    return result.loss;
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto x = saved[0].contiguous();
    auto targets = saved[1].contiguous();
    auto ignore = context->saved_data["ignore"].toInt();
    auto N = x.size(0), V = x.size(1);
    auto scale = static_cast<float>(gradients[0].item().toDouble() /
                                    static_cast<double>(context->saved_data["counted"].toInt()));
    auto dx = at::empty_like(x);
    Rows values(x), out(dx);
    auto *target = targets.const_data_ptr<int64_t>();
    auto *sum = saved[2].const_data_ptr<float>();
    at::parallel_for(0, N, grain(V), [&](int64_t begin, int64_t end) {
      std::vector<float> a(V), b(V);
      for (auto row = begin; row < end; row++) {
        auto *place = out.place(row * V, b.data());
        if (target[row] == ignore) {
          std::fill(place, place + V, 0.0f);
        } else {
          softmax_row(values.read(row * V, V, a.data()), sum[row], scale, place, V);
          place[target[row]] -= scale;
        }
        out.commit(row * V, V, place);
      }
    });
    return {dx, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

bool atx_fused_is_fast(void) {
#ifdef __OPTIMIZE__
  return true;
#else
  return false;
#endif
}

int atx_fused_norm(atx_tensor x, atx_tensor branch, atx_tensor weight, double eps, int32_t dtype,
                   atx_tensor *sum, atx_tensor *normed) {
  return guard([&] {
    at::Tensor add = branch == nullptr ? at::Tensor() : ref(branch);
    if (!wants_gradient({&ref(x), &add, &ref(weight)})) {
      auto result = norm_forward(ref(x), add, ref(weight), eps, static_cast<at::ScalarType>(dtype));
      *sum = wrap(branch == nullptr ? ref(x) : result.sum);
      *normed = wrap(result.normed);
      return;
    }
    auto result = FusedNorm::apply(ref(x), add, ref(weight), eps, static_cast<int64_t>(dtype));
    *sum = wrap(branch == nullptr ? ref(x) : result[0]);
    *normed = wrap(result.back());
  });
}

int atx_fused_swiglu(atx_tensor gate_up, atx_tensor *out) {
  return make(out, [&] {
    auto &x = ref(gate_up);
    return wants_gradient({&x}) ? FusedSwiGLU::apply(x) : swiglu_forward(x);
  });
}

int atx_fused_qkv(atx_tensor qkv, atx_tensor cos, atx_tensor sin, int64_t heads, int64_t kv_heads,
                  atx_tensor *q, atx_tensor *k, atx_tensor *v) {
  return guard([&] {
    auto &x = ref(qkv);
    auto parts = wants_gradient({&x}) ? FusedQKV::apply(x, ref(cos), ref(sin), heads, kv_heads)
                                      : qkv_forward(x, ref(cos), ref(sin), heads, kv_heads);
    *q = wrap(parts[0]);
    *k = wrap(parts[1]);
    *v = wrap(parts[2]);
  });
}

int atx_fused_cross_entropy(atx_tensor logits, atx_tensor targets, int64_t ignore,
                            atx_tensor *out) {
  return make(out, [&] {
    auto &x = ref(logits);
    return wants_gradient({&x}) ? FusedEntropy::apply(x, ref(targets), ignore)
                                : entropy_forward(x, ref(targets), ignore).loss;
  });
}
