// Tensors out of nothing, out of Swift arrays, and out of mapped memory; seeded generators.
#pragma once

#include "atx_core.h"

#ifdef __cplusplus
extern "C" {
#endif

int atx_empty(const int64_t *sizes, int64_t rank, int32_t dtype, int32_t device, atx_tensor *out);
int atx_full(const int64_t *sizes, int64_t rank, double value, int32_t dtype, int32_t device,
             atx_tensor *out);
int atx_arange(int64_t start, int64_t end, int64_t step, int32_t dtype, int32_t device,
               atx_tensor *out);
int atx_eye(int64_t n, int32_t dtype, int32_t device, atx_tensor *out);
// Copies `bytes` bytes of elements of `dtype`.
int atx_from_bytes(const void *data, int64_t bytes, const int64_t *sizes, int64_t rank,
                   int32_t dtype, atx_tensor *out);
// A tensor over memory that it does not own; `release(context)` runs when the last reference goes.
int atx_from_memory(void *data, const int64_t *sizes, int64_t rank, int32_t dtype,
                    void (*release)(void *context), void *context, atx_tensor *out);

int atx_generator_new(uint64_t seed, atx_generator *out);
void atx_generator_free(atx_generator generator);
int atx_generator_seed(atx_generator generator, uint64_t seed);
int atx_randn(const int64_t *sizes, int64_t rank, atx_generator generator, int32_t dtype,
              atx_tensor *out);
int atx_rand(const int64_t *sizes, int64_t rank, atx_generator generator, int32_t dtype,
             atx_tensor *out);
int atx_randint(int64_t low, int64_t high, const int64_t *sizes, int64_t rank,
                atx_generator generator, atx_tensor *out);
int atx_randperm(int64_t n, atx_generator generator, atx_tensor *out);
int atx_multinomial(atx_tensor weights, int64_t samples, bool replacement,
                    atx_generator generator, atx_tensor *out);

#ifdef __cplusplus
}
#endif
