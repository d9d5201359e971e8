#include <ATen/ops/abs.h>
#include <ATen/ops/add.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/ceil.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/div.h>
#include <ATen/ops/einsum.h>
#include <ATen/ops/eq.h>
#include <ATen/ops/erf.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/floor.h>
#include <ATen/ops/floor_divide.h>
#include <ATen/ops/ge.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/gt.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/isnan.h>
#include <ATen/ops/le.h>
#include <ATen/ops/log.h>
#include <ATen/ops/log1p.h>
#include <ATen/ops/logical_and.h>
#include <ATen/ops/logical_not.h>
#include <ATen/ops/logical_or.h>
#include <ATen/ops/logical_xor.h>
#include <ATen/ops/lt.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/ne.h>
#include <ATen/ops/neg.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/reciprocal.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/remainder.h>
#include <ATen/ops/round.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/rsub.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/sign.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/square.h>
#include <ATen/ops/sub.h>
#include <ATen/ops/tanh.h>

#include "kernels.hpp"
#include "support.hpp"

using namespace atx;

// Shorthands for the many operations of the same form; each line below is one function.
#define ATX_UNARY(name) \
  int atx_##name(atx_tensor a, atx_tensor *out) { \
    return make(out, [&] { return at::name(ref(a)); }); \
  }
#define ATX_BINARY(name) \
  int atx_##name(atx_tensor a, atx_tensor b, atx_tensor *out) { \
    return make(out, [&] { return at::name(ref(a), ref(b)); }); \
  }
#define ATX_SCALAR(name) \
  int atx_##name##_scalar(atx_tensor a, double b, atx_tensor *out) { \
    return make(out, [&] { return at::name(ref(a), scalar(ref(a), b)); }); \
  }

ATX_UNARY(neg)
ATX_UNARY(exp)
ATX_UNARY(log)
ATX_UNARY(log1p)
ATX_UNARY(sqrt)
ATX_UNARY(rsqrt)
ATX_UNARY(square)
ATX_UNARY(reciprocal)
ATX_UNARY(abs)
ATX_UNARY(sign)
ATX_UNARY(floor)
ATX_UNARY(ceil)
ATX_UNARY(round)
ATX_UNARY(tanh)
ATX_UNARY(sigmoid)
ATX_UNARY(silu)
ATX_UNARY(relu)
ATX_UNARY(softplus)
ATX_UNARY(sin)
ATX_UNARY(cos)
ATX_UNARY(erf)
ATX_UNARY(logical_not)
ATX_UNARY(isfinite)
ATX_UNARY(isnan)

ATX_BINARY(add)
ATX_BINARY(sub)
ATX_BINARY(mul)
ATX_BINARY(div)
ATX_BINARY(pow)
ATX_BINARY(maximum)
ATX_BINARY(minimum)
ATX_BINARY(eq)
ATX_BINARY(ne)
ATX_BINARY(lt)
ATX_BINARY(le)
ATX_BINARY(gt)
ATX_BINARY(ge)
ATX_BINARY(logical_and)
ATX_BINARY(logical_or)
ATX_BINARY(logical_xor)
ATX_BINARY(matmul)
ATX_BINARY(bmm)
ATX_BINARY(outer)

ATX_SCALAR(add)
ATX_SCALAR(sub)
ATX_SCALAR(mul)
ATX_SCALAR(div)
ATX_SCALAR(remainder)
ATX_SCALAR(floor_divide)
ATX_SCALAR(pow)
ATX_SCALAR(eq)
ATX_SCALAR(ne)
ATX_SCALAR(lt)
ATX_SCALAR(le)
ATX_SCALAR(gt)
ATX_SCALAR(ge)

int atx_rsub_scalar(atx_tensor a, double b, atx_tensor *out) {
  return make(out, [&] { return at::rsub(ref(a), scalar(ref(a), b)); });
}

int atx_rdiv_scalar(atx_tensor a, double b, atx_tensor *out) {
  return make(out, [&] { return at::reciprocal(ref(a)).mul(b); });
}

int atx_gelu(atx_tensor a, bool approximate, atx_tensor *out) {
  return make(out, [&] { return at::gelu(ref(a), approximate ? "tanh" : "none"); });
}

namespace {
std::optional<at::Scalar> bound(const at::Tensor &a, bool present, double value) {
  if (!present) return std::nullopt;
  return scalar(a, value);
}
}  // namespace

int atx_clamp(atx_tensor a, bool has_low, double low, bool has_high, double high,
              atx_tensor *out) {
  return make(out, [&] {
    return at::clamp(ref(a), bound(ref(a), has_low, low), bound(ref(a), has_high, high));
  });
}

int atx_clamp_(atx_tensor a, bool has_low, double low, bool has_high, double high) {
  return guard([&] {
    ref(a).clamp_(bound(ref(a), has_low, low), bound(ref(a), has_high, high));
  });
}

int atx_copy_(atx_tensor a, atx_tensor source) {
  return guard([&] { ref(a).copy_(ref(source)); });
}

int atx_fill_(atx_tensor a, double value) {
  return guard([&] { ref(a).fill_(scalar(ref(a), value)); });
}

int atx_add_(atx_tensor a, atx_tensor b, double alpha) {
  return guard([&] { ref(a).add_(ref(b), scalar(ref(a), alpha)); });
}

int atx_add_scalar_(atx_tensor a, double b) {
  return guard([&] { ref(a).add_(scalar(ref(a), b)); });
}

int atx_mul_(atx_tensor a, atx_tensor b) {
  return guard([&] { ref(a).mul_(ref(b)); });
}

int atx_mul_scalar_(atx_tensor a, double b) {
  return guard([&] { ref(a).mul_(scalar(ref(a), b)); });
}

int atx_addmm(atx_tensor base, atx_tensor a, atx_tensor b, double beta, double alpha,
              atx_tensor *out) {
  return make(out, [&] { return at::addmm(ref(base), ref(a), ref(b), beta, alpha); });
}

int atx_linear(atx_tensor x, atx_tensor weight, atx_tensor bias, atx_tensor *out) {
  return make(
      out, [&] { return fused_linear(ref(x), ref(weight), bias ? ref(bias) : at::Tensor()); });
}

int atx_einsum(const char *equation, const atx_tensor *operands, int64_t count, atx_tensor *out) {
  return make(out, [&] { return at::einsum(equation, list(operands, count)); });
}
