// Decompositions and solves.
#pragma once

#include "atx_core.h"

#ifdef __cplusplus
extern "C" {
#endif

int atx_svd(atx_tensor a, bool full, atx_tensor *u, atx_tensor *s, atx_tensor *vh);
int atx_svdvals(atx_tensor a, atx_tensor *out);
int atx_eigh(atx_tensor a, atx_tensor *values, atx_tensor *vectors);
int atx_qr(atx_tensor a, atx_tensor *q, atx_tensor *r);
int atx_inverse(atx_tensor a, atx_tensor *out);
int atx_pinv(atx_tensor a, atx_tensor *out);
int atx_solve(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_lstsq(atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_cholesky(atx_tensor a, atx_tensor *out);
int atx_slogdet(atx_tensor a, atx_tensor *sign, atx_tensor *logarithm);

#ifdef __cplusplus
}
#endif
