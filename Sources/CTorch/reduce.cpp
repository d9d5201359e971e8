#include <ATen/ops/all.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/amin.h>
#include <ATen/ops/any.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/argmin.h>
#include <ATen/ops/cumprod.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/max.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/min.h>
#include <ATen/ops/prod.h>
#include <ATen/ops/quantile.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/std.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/var.h>

#include "support.hpp"

using namespace atx;

namespace {
/// `amax` and `amin` take a list, in which none means all.
at::IntArrayRef plain_dims(const int64_t *values, int64_t count) { return ints(values, count); }

int two(atx_tensor *first, atx_tensor *second, std::tuple<at::Tensor, at::Tensor> both) {
  auto held = wrap(std::move(std::get<0>(both)));
  *second = wrap(std::move(std::get<1>(both)));
  *first = held;
  return ATX_OK;
}
}  // namespace

int atx_sum(atx_tensor a, const int64_t *d, int64_t count, bool keep, atx_tensor *out) {
  return make(out, [&] { return at::sum(ref(a), dims(d, count), keep); });
}

int atx_mean(atx_tensor a, const int64_t *d, int64_t count, bool keep, atx_tensor *out) {
  return make(out, [&] { return at::mean(ref(a), dims(d, count), keep); });
}

int atx_var(atx_tensor a, const int64_t *d, int64_t count, double correction, bool keep,
            atx_tensor *out) {
  return make(out, [&] { return at::var(ref(a), dims(d, count), at::Scalar(correction), keep); });
}

int atx_std(atx_tensor a, const int64_t *d, int64_t count, double correction, bool keep,
            atx_tensor *out) {
  return make(out, [&] { return at::std(ref(a), dims(d, count), at::Scalar(correction), keep); });
}

int atx_amax(atx_tensor a, const int64_t *d, int64_t count, bool keep, atx_tensor *out) {
  return make(out, [&] { return at::amax(ref(a), plain_dims(d, count), keep); });
}

int atx_amin(atx_tensor a, const int64_t *d, int64_t count, bool keep, atx_tensor *out) {
  return make(out, [&] { return at::amin(ref(a), plain_dims(d, count), keep); });
}

int atx_norm(atx_tensor a, double order, const int64_t *d, int64_t count, bool keep,
             atx_tensor *out) {
  return make(out, [&] {
    return at::linalg_vector_norm(ref(a), at::Scalar(order), dims(d, count), keep);
  });
}

int atx_logsumexp(atx_tensor a, int64_t dim, bool keep, atx_tensor *out) {
  return make(out, [&] { return at::logsumexp(ref(a), dim, keep); });
}

int atx_max_dim(atx_tensor a, int64_t dim, bool keep, atx_tensor *values, atx_tensor *indices) {
  return guard([&] { two(values, indices, at::max(ref(a), dim, keep)); });
}

int atx_min_dim(atx_tensor a, int64_t dim, bool keep, atx_tensor *values, atx_tensor *indices) {
  return guard([&] { two(values, indices, at::min(ref(a), dim, keep)); });
}

int atx_argmax(atx_tensor a, int64_t dim, bool keep, atx_tensor *out) {
  return make(out, [&] { return at::argmax(ref(a), dim, keep); });
}

int atx_argmin(atx_tensor a, int64_t dim, bool keep, atx_tensor *out) {
  return make(out, [&] { return at::argmin(ref(a), dim, keep); });
}

int atx_topk(atx_tensor a, int64_t k, int64_t dim, bool largest, atx_tensor *values,
             atx_tensor *indices) {
  return guard([&] { two(values, indices, at::topk(ref(a), k, dim, largest, true)); });
}

int atx_sort(atx_tensor a, int64_t dim, bool descending, atx_tensor *values, atx_tensor *indices) {
  return guard([&] { two(values, indices, at::sort(ref(a), true, dim, descending)); });
}

int atx_cumsum(atx_tensor a, int64_t dim, atx_tensor *out) {
  return make(out, [&] { return at::cumsum(ref(a), dim); });
}

int atx_cumprod(atx_tensor a, int64_t dim, atx_tensor *out) {
  return make(out, [&] { return at::cumprod(ref(a), dim); });
}

int atx_prod(atx_tensor a, int64_t dim, bool keep, atx_tensor *out) {
  return make(out, [&] { return at::prod(ref(a), dim, keep); });
}

int atx_quantile(atx_tensor a, double q, int64_t dim, bool keep, atx_tensor *out) {
  return make(out, [&] { return at::quantile(ref(a), q, dim, keep); });
}

int atx_all(atx_tensor a, bool *out) {
  return guard([&] { *out = at::all(ref(a)).item<bool>(); });
}

int atx_any(atx_tensor a, bool *out) {
  return guard([&] { *out = at::any(ref(a)).item<bool>(); });
}

int atx_all_dim(atx_tensor a, int64_t dim, bool keep, atx_tensor *out) {
  return make(out, [&] { return at::all(ref(a), dim, keep); });
}

int atx_any_dim(atx_tensor a, int64_t dim, bool keep, atx_tensor *out) {
  return make(out, [&] { return at::any(ref(a), dim, keep); });
}

int atx_equal(atx_tensor a, atx_tensor b, bool *out) {
  return guard([&] { *out = at::equal(ref(a), ref(b)); });
}

int atx_all_close(atx_tensor a, atx_tensor b, double relative, double absolute, bool *out) {
  return guard([&] { *out = at::allclose(ref(a), ref(b), relative, absolute); });
}
