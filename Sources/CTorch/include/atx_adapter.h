// What training of many adapters on one base needs.
#pragma once

#include "atx_core.h"

#ifdef __cplusplus
extern "C" {
#endif

// x Wᵀ + bias, plus `scale` · (x Aᵀ) Bᵀ in the outputs from `starts[i]` on, for each of `count`
// changes. The rows of x fall into K equal runs, of which each has its own A and B:
// a[i] is [K, r, in], b[i] is [K, outᵢ, r]. `bias` may be NULL.
int atx_low_rank_linear(atx_tensor x, atx_tensor weight, atx_tensor bias, const atx_tensor *a,
                        const atx_tensor *b, const int64_t *starts, int64_t count, double scale,
                        atx_tensor *out);

// Computes one tensor from `inputs`, whose references it takes over, into *out (a new reference).
typedef int (*atx_body)(void *context, atx_tensor *inputs, int64_t count, atx_tensor *out);

// What `body` makes of `inputs`, of which backward keeps the inputs alone and computes the rest
// again. `release(context)` is called once, when the body is needed no more.
int atx_recomputed(const atx_tensor *inputs, int64_t count, atx_body body,
                   void (*release)(void *context), void *context, atx_tensor *out);

#ifdef __cplusplus
}
#endif
