// Element-wise arithmetic, comparisons, in-place updates and matrix products.
#pragma once

#include "atx_core.h"

#ifdef __cplusplus
extern "C" {
#endif

int atx_add(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_sub(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_mul(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_div(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_add_scalar(atx_tensor a, double b, atx_tensor *out);
int atx_sub_scalar(atx_tensor a, double b, atx_tensor *out);
int atx_rsub_scalar(atx_tensor a, double b, atx_tensor *out);
int atx_mul_scalar(atx_tensor a, double b, atx_tensor *out);
int atx_div_scalar(atx_tensor a, double b, atx_tensor *out);
int atx_rdiv_scalar(atx_tensor a, double b, atx_tensor *out);
int atx_remainder_scalar(atx_tensor a, double b, atx_tensor *out);
int atx_floor_divide_scalar(atx_tensor a, double b, atx_tensor *out);
int atx_pow_scalar(atx_tensor a, double b, atx_tensor *out);
int atx_pow(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_maximum(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_minimum(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_clamp(atx_tensor a, bool has_low, double low, bool has_high, double high,
              atx_tensor *out);

int atx_neg(atx_tensor a, atx_tensor *out);
int atx_exp(atx_tensor a, atx_tensor *out);
int atx_log(atx_tensor a, atx_tensor *out);
int atx_log1p(atx_tensor a, atx_tensor *out);
int atx_sqrt(atx_tensor a, atx_tensor *out);
int atx_rsqrt(atx_tensor a, atx_tensor *out);
int atx_square(atx_tensor a, atx_tensor *out);
int atx_reciprocal(atx_tensor a, atx_tensor *out);
int atx_abs(atx_tensor a, atx_tensor *out);
int atx_sign(atx_tensor a, atx_tensor *out);
int atx_floor(atx_tensor a, atx_tensor *out);
int atx_ceil(atx_tensor a, atx_tensor *out);
int atx_round(atx_tensor a, atx_tensor *out);
int atx_tanh(atx_tensor a, atx_tensor *out);
int atx_sigmoid(atx_tensor a, atx_tensor *out);
int atx_silu(atx_tensor a, atx_tensor *out);
int atx_gelu(atx_tensor a, bool approximate, atx_tensor *out);
int atx_relu(atx_tensor a, atx_tensor *out);
int atx_softplus(atx_tensor a, atx_tensor *out);
int atx_sin(atx_tensor a, atx_tensor *out);
int atx_cos(atx_tensor a, atx_tensor *out);
int atx_erf(atx_tensor a, atx_tensor *out);

int atx_eq(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_ne(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_lt(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_le(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_gt(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_ge(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_eq_scalar(atx_tensor a, double b, atx_tensor *out);
int atx_ne_scalar(atx_tensor a, double b, atx_tensor *out);
int atx_lt_scalar(atx_tensor a, double b, atx_tensor *out);
int atx_le_scalar(atx_tensor a, double b, atx_tensor *out);
int atx_gt_scalar(atx_tensor a, double b, atx_tensor *out);
int atx_ge_scalar(atx_tensor a, double b, atx_tensor *out);
int atx_logical_and(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_logical_or(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_logical_xor(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_logical_not(atx_tensor a, atx_tensor *out);
int atx_isfinite(atx_tensor a, atx_tensor *out);
int atx_isnan(atx_tensor a, atx_tensor *out);

int atx_copy_(atx_tensor a, atx_tensor source);
int atx_fill_(atx_tensor a, double value);
int atx_add_(atx_tensor a, atx_tensor b, double alpha);
int atx_add_scalar_(atx_tensor a, double b);
int atx_mul_(atx_tensor a, atx_tensor b);
int atx_mul_scalar_(atx_tensor a, double b);
int atx_clamp_(atx_tensor a, bool has_low, double low, bool has_high, double high);

int atx_matmul(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_bmm(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_outer(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_addmm(atx_tensor base, atx_tensor a, atx_tensor b, double beta, double alpha,
              atx_tensor *out);
// `bias` may be NULL.
int atx_linear(atx_tensor x, atx_tensor weight, atx_tensor bias, atx_tensor *out);
int atx_einsum(const char *equation, const atx_tensor *operands, int64_t count, atx_tensor *out);

#ifdef __cplusplus
}
#endif
