// Reductions, order statistics and scans.
#pragma once

#include "atx_core.h"

#ifdef __cplusplus
extern "C" {
#endif

// `count` dimensions; none means all of them.
int atx_sum(atx_tensor a, const int64_t *dims, int64_t count, bool keep, atx_tensor *out);
int atx_mean(atx_tensor a, const int64_t *dims, int64_t count, bool keep, atx_tensor *out);
int atx_var(atx_tensor a, const int64_t *dims, int64_t count, double correction, bool keep,
            atx_tensor *out);
int atx_std(atx_tensor a, const int64_t *dims, int64_t count, double correction, bool keep,
            atx_tensor *out);
int atx_amax(atx_tensor a, const int64_t *dims, int64_t count, bool keep, atx_tensor *out);
int atx_amin(atx_tensor a, const int64_t *dims, int64_t count, bool keep, atx_tensor *out);
int atx_norm(atx_tensor a, double order, const int64_t *dims, int64_t count, bool keep,
             atx_tensor *out);
int atx_logsumexp(atx_tensor a, int64_t dim, bool keep, atx_tensor *out);
int atx_max_dim(atx_tensor a, int64_t dim, bool keep, atx_tensor *values, atx_tensor *indices);
int atx_min_dim(atx_tensor a, int64_t dim, bool keep, atx_tensor *values, atx_tensor *indices);
int atx_argmax(atx_tensor a, int64_t dim, bool keep, atx_tensor *out);
int atx_argmin(atx_tensor a, int64_t dim, bool keep, atx_tensor *out);
int atx_topk(atx_tensor a, int64_t k, int64_t dim, bool largest, atx_tensor *values,
             atx_tensor *indices);
int atx_sort(atx_tensor a, int64_t dim, bool descending, atx_tensor *values, atx_tensor *indices);
int atx_cumsum(atx_tensor a, int64_t dim, atx_tensor *out);
int atx_cumprod(atx_tensor a, int64_t dim, atx_tensor *out);
int atx_prod(atx_tensor a, int64_t dim, bool keep, atx_tensor *out);
int atx_quantile(atx_tensor a, double q, int64_t dim, bool keep, atx_tensor *out);
int atx_all(atx_tensor a, bool *out);
int atx_any(atx_tensor a, bool *out);
int atx_all_dim(atx_tensor a, int64_t dim, bool keep, atx_tensor *out);
int atx_any_dim(atx_tensor a, int64_t dim, bool keep, atx_tensor *out);
int atx_equal(atx_tensor a, atx_tensor b, bool *out);
int atx_all_close(atx_tensor a, atx_tensor b, double relative, double absolute, bool *out);

#ifdef __cplusplus
}
#endif
