#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>
#include <ATen/ops/multinomial.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randperm.h>
#include <ATen/ops/zeros.h>

#include "support.hpp"

using namespace atx;

namespace {
at::Generator &generator_ref(atx_generator g) { return *reinterpret_cast<at::Generator *>(g); }
}  // namespace

int atx_empty(const int64_t *sizes, int64_t rank, int32_t dtype, int32_t device, atx_tensor *out) {
  return make(out, [&] { return at::empty(ints(sizes, rank), options(dtype, device)); });
}

int atx_full(const int64_t *sizes, int64_t rank, double value, int32_t dtype, int32_t device,
             atx_tensor *out) {
  return make(out, [&] {
    if (value == 0) return at::zeros(ints(sizes, rank), options(dtype, device));
    return at::full(ints(sizes, rank), value, options(dtype, device));
  });
}

int atx_arange(int64_t start, int64_t end, int64_t step, int32_t dtype, int32_t device,
               atx_tensor *out) {
  return make(out, [&] { return at::arange(start, end, step, options(dtype, device)); });
}

int atx_eye(int64_t n, int32_t dtype, int32_t device, atx_tensor *out) {
  return make(out, [&] { return at::eye(n, options(dtype, device)); });
}

int atx_from_bytes(const void *data, int64_t bytes, const int64_t *sizes, int64_t rank,
                   int32_t dtype, atx_tensor *out) {
  return make(out, [&] {
    auto result = at::empty(ints(sizes, rank), options(dtype, -1));
    TORCH_CHECK(static_cast<int64_t>(result.nbytes()) == bytes, "a tensor of shape ",
                ints(sizes, rank), " takes ", result.nbytes(), " bytes, got ", bytes);
    if (bytes > 0) std::memcpy(result.data_ptr(), data, static_cast<size_t>(bytes));
    return result;
  });
}

int atx_from_memory(void *data, const int64_t *sizes, int64_t rank, int32_t dtype,
                    void (*release)(void *context), void *context, atx_tensor *out) {
  return make(out, [&] {
    return at::from_blob(
        data, ints(sizes, rank), [release, context](void *) { release(context); },
        options(dtype, -1));
  });
}

int atx_generator_new(uint64_t seed, atx_generator *out) {
  return guard([&] {
    *out = reinterpret_cast<atx_generator>(
        new at::Generator(at::make_generator<at::CPUGeneratorImpl>(seed)));
  });
}

void atx_generator_free(atx_generator generator) {
  delete reinterpret_cast<at::Generator *>(generator);
}

int atx_generator_seed(atx_generator generator, uint64_t seed) {
  return guard([&] { generator_ref(generator).set_current_seed(seed); });
}

int atx_randn(const int64_t *sizes, int64_t rank, atx_generator generator, int32_t dtype,
              atx_tensor *out) {
  return make(out, [&] {
    return at::randn(ints(sizes, rank), generator_ref(generator), options(dtype, -1));
  });
}

int atx_rand(const int64_t *sizes, int64_t rank, atx_generator generator, int32_t dtype,
             atx_tensor *out) {
  return make(out, [&] {
    return at::rand(ints(sizes, rank), generator_ref(generator), options(dtype, -1));
  });
}

int atx_randint(int64_t low, int64_t high, const int64_t *sizes, int64_t rank,
                atx_generator generator, atx_tensor *out) {
  return make(out, [&] {
    return at::randint(low, high, ints(sizes, rank), generator_ref(generator),
                       options(ATX_INT64, -1));
  });
}

int atx_randperm(int64_t n, atx_generator generator, atx_tensor *out) {
  return make(
      out, [&] { return at::randperm(n, generator_ref(generator), options(ATX_INT64, -1)); });
}

int atx_multinomial(atx_tensor weights, int64_t samples, bool replacement,
                    atx_generator generator, atx_tensor *out) {
  return make(out, [&] {
    return at::multinomial(ref(weights), samples, replacement, generator_ref(generator));
  });
}
