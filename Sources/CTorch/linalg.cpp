#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_inv.h>
#include <ATen/ops/linalg_lstsq.h>
#include <ATen/ops/linalg_pinv.h>
#include <ATen/ops/linalg_qr.h>
#include <ATen/ops/linalg_slogdet.h>
#include <ATen/ops/linalg_solve.h>
#include <ATen/ops/linalg_svd.h>
#include <ATen/ops/linalg_svdvals.h>

#include "support.hpp"

using namespace atx;

int atx_svd(atx_tensor a, bool full, atx_tensor *u, atx_tensor *s, atx_tensor *vh) {
  return guard([&] {
    auto [left, values, right] = at::linalg_svd(ref(a), full);
    *u = wrap(left);
    *s = wrap(values);
    *vh = wrap(right);
  });
}

int atx_svdvals(atx_tensor a, atx_tensor *out) {
  return make(out, [&] { return at::linalg_svdvals(ref(a)); });
}

int atx_eigh(atx_tensor a, atx_tensor *values, atx_tensor *vectors) {
  return guard([&] {
    auto [w, v] = at::linalg_eigh(ref(a));
    *values = wrap(w);
    *vectors = wrap(v);
  });
}

int atx_qr(atx_tensor a, atx_tensor *q, atx_tensor *r) {
  return guard([&] {
    auto [orthogonal, upper] = at::linalg_qr(ref(a));
    *q = wrap(orthogonal);
    *r = wrap(upper);
  });
}

int atx_inverse(atx_tensor a, atx_tensor *out) {
  return make(out, [&] { return at::linalg_inv(ref(a)); });
}

int atx_pinv(atx_tensor a, atx_tensor *out) {
  return make(out, [&] { return at::linalg_pinv(ref(a)); });
}

int atx_solve(atx_tensor a, atx_tensor b, atx_tensor *out) {
  return make(out, [&] { return at::linalg_solve(ref(a), ref(b)); });
}

int atx_lstsq(atx_tensor a, atx_tensor b, atx_tensor *out) {
  return make(out, [&] { return std::get<0>(at::linalg_lstsq(ref(a), ref(b))); });
}

int atx_cholesky(atx_tensor a, atx_tensor *out) {
  return make(out, [&] { return at::linalg_cholesky(ref(a)); });
}

int atx_slogdet(atx_tensor a, atx_tensor *sign, atx_tensor *logarithm) {
  return guard([&] {
    auto [s, l] = at::linalg_slogdet(ref(a));
    *sign = wrap(s);
    *logarithm = wrap(l);
  });
}
