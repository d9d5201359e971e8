#include <ATen/ops/embedding.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/index_add.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/masked_fill.h>
#include <ATen/ops/masked_select.h>
#include <ATen/ops/nonzero.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/scatter.h>
#include <ATen/ops/scatter_add.h>
#include <ATen/ops/where.h>

#include "support.hpp"

using namespace atx;

int atx_gather(atx_tensor a, int64_t dim, atx_tensor index, atx_tensor *out) {
  return make(out, [&] { return at::gather(ref(a), dim, ref(index)); });
}

int atx_index_select(atx_tensor a, int64_t dim, atx_tensor index, atx_tensor *out) {
  return make(out, [&] { return at::index_select(ref(a), dim, ref(index)); });
}

int atx_scatter(atx_tensor a, int64_t dim, atx_tensor index, atx_tensor source, atx_tensor *out) {
  return make(out, [&] { return at::scatter(ref(a), dim, ref(index), ref(source)); });
}

int atx_scatter_add(atx_tensor a, int64_t dim, atx_tensor index, atx_tensor source,
                    atx_tensor *out) {
  return make(out, [&] { return at::scatter_add(ref(a), dim, ref(index), ref(source)); });
}

int atx_index_add(atx_tensor a, int64_t dim, atx_tensor index, atx_tensor source,
                  atx_tensor *out) {
  return make(out, [&] { return at::index_add(ref(a), dim, ref(index), ref(source)); });
}

int atx_index_copy_(atx_tensor a, int64_t dim, atx_tensor index, atx_tensor source) {
  return guard([&] { ref(a).index_copy_(dim, ref(index), ref(source)); });
}

int atx_masked_fill(atx_tensor a, atx_tensor mask, double value, atx_tensor *out) {
  return make(out, [&] { return at::masked_fill(ref(a), ref(mask), scalar(ref(a), value)); });
}

int atx_masked_select(atx_tensor a, atx_tensor mask, atx_tensor *out) {
  return make(out, [&] { return at::masked_select(ref(a), ref(mask)); });
}

int atx_nonzero(atx_tensor a, atx_tensor *out) {
  return make(out, [&] { return at::nonzero(ref(a)); });
}

int atx_where(atx_tensor condition, atx_tensor a, atx_tensor b, atx_tensor *out) {
  return make(out, [&] { return at::where(ref(condition), ref(a), ref(b)); });
}

int atx_one_hot(atx_tensor a, int64_t classes, atx_tensor *out) {
  return make(out, [&] { return at::one_hot(ref(a), classes); });
}

int atx_embedding(atx_tensor ids, atx_tensor weight, atx_tensor *out) {
  return make(out, [&] { return at::embedding(ref(weight), ref(ids)); });
}
