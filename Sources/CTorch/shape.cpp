#include <ATen/ops/cat.h>
#include <ATen/ops/split_with_sizes.h>
#include <ATen/ops/stack.h>

#include "support.hpp"

using namespace atx;

int atx_reshape(atx_tensor a, const int64_t *sizes, int64_t rank, atx_tensor *out) {
  return make(out, [&] { return ref(a).reshape(ints(sizes, rank)); });
}

int atx_expand(atx_tensor a, const int64_t *sizes, int64_t rank, atx_tensor *out) {
  return make(out, [&] { return ref(a).expand(ints(sizes, rank)); });
}

int atx_permute(atx_tensor a, const int64_t *dims, int64_t rank, atx_tensor *out) {
  return make(out, [&] { return ref(a).permute(ints(dims, rank)); });
}

int atx_transpose(atx_tensor a, int64_t dim0, int64_t dim1, atx_tensor *out) {
  return make(out, [&] { return ref(a).transpose(dim0, dim1); });
}

int atx_unsqueeze(atx_tensor a, int64_t dim, atx_tensor *out) {
  return make(out, [&] { return ref(a).unsqueeze(dim); });
}

int atx_squeeze(atx_tensor a, int64_t dim, atx_tensor *out) {
  return make(out, [&] { return ref(a).squeeze(dim); });
}

int atx_flatten(atx_tensor a, int64_t first, int64_t last, atx_tensor *out) {
  return make(out, [&] { return ref(a).flatten(first, last); });
}

int atx_narrow(atx_tensor a, int64_t dim, int64_t start, int64_t length, atx_tensor *out) {
  return make(out, [&] { return ref(a).narrow(dim, start, length); });
}

int atx_select(atx_tensor a, int64_t dim, int64_t index, atx_tensor *out) {
  return make(out, [&] { return ref(a).select(dim, index); });
}

int atx_diagonal(atx_tensor a, int64_t offset, int64_t dim0, int64_t dim1, atx_tensor *out) {
  return make(out, [&] { return ref(a).diagonal(offset, dim0, dim1); });
}

int atx_contiguous(atx_tensor a, atx_tensor *out) {
  return make(out, [&] { return ref(a).contiguous(); });
}

int atx_cat(const atx_tensor *parts, int64_t count, int64_t dim, atx_tensor *out) {
  return make(out, [&] { return at::cat(list(parts, count), dim); });
}

int atx_stack(const atx_tensor *parts, int64_t count, int64_t dim, atx_tensor *out) {
  return make(out, [&] { return at::stack(list(parts, count), dim); });
}

int atx_split(atx_tensor a, const int64_t *lengths, int64_t count, int64_t dim, atx_tensor *out) {
  return guard([&] {
    auto parts = at::split_with_sizes(ref(a), ints(lengths, count), dim);
    for (int64_t i = 0; i < count; i++) out[i] = wrap(parts[static_cast<size_t>(i)]);
  });
}

int atx_repeat_interleave(atx_tensor a, int64_t times, int64_t dim, atx_tensor *out) {
  return make(out, [&] { return ref(a).repeat_interleave(times, dim); });
}

int atx_repeat(atx_tensor a, const int64_t *times, int64_t rank, atx_tensor *out) {
  return make(out, [&] { return ref(a).repeat(ints(times, rank)); });
}

int atx_flip(atx_tensor a, int64_t dim, atx_tensor *out) {
  return make(out, [&] { return ref(a).flip({dim}); });
}

int atx_roll(atx_tensor a, int64_t shift, int64_t dim, atx_tensor *out) {
  return make(out, [&] { return ref(a).roll(shift, dim); });
}

int atx_tril(atx_tensor a, int64_t diagonal, atx_tensor *out) {
  return make(out, [&] { return ref(a).tril(diagonal); });
}

int atx_triu(atx_tensor a, int64_t diagonal, atx_tensor *out) {
  return make(out, [&] { return ref(a).triu(diagonal); });
}

int atx_clone(atx_tensor a, atx_tensor *out) {
  return make(out, [&] { return ref(a).clone(); });
}

int atx_to_dtype(atx_tensor a, int32_t dtype, atx_tensor *out) {
  return make(out, [&] { return ref(a).to(static_cast<at::ScalarType>(dtype)); });
}

int atx_to_device(atx_tensor a, int32_t target, atx_tensor *out) {
  return make(out, [&] { return ref(a).to(device(target)); });
}
