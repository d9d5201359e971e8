// Reading and writing by index.
#pragma once

#include "atx_core.h"

#ifdef __cplusplus
extern "C" {
#endif

int atx_gather(atx_tensor a, int64_t dim, atx_tensor index, atx_tensor *out);
int atx_index_select(atx_tensor a, int64_t dim, atx_tensor index, atx_tensor *out);
int atx_scatter(atx_tensor a, int64_t dim, atx_tensor index, atx_tensor source, atx_tensor *out);
int atx_scatter_add(atx_tensor a, int64_t dim, atx_tensor index, atx_tensor source,
                    atx_tensor *out);
int atx_index_add(atx_tensor a, int64_t dim, atx_tensor index, atx_tensor source,
                  atx_tensor *out);
int atx_index_copy_(atx_tensor a, int64_t dim, atx_tensor index, atx_tensor source);
int atx_masked_fill(atx_tensor a, atx_tensor mask, double value, atx_tensor *out);
int atx_masked_select(atx_tensor a, atx_tensor mask, atx_tensor *out);
int atx_nonzero(atx_tensor a, atx_tensor *out);
int atx_where(atx_tensor condition, atx_tensor a, atx_tensor b, atx_tensor *out);
int atx_one_hot(atx_tensor a, int64_t classes, atx_tensor *out);
int atx_embedding(atx_tensor ids, atx_tensor weight, atx_tensor *out);

#ifdef __cplusplus
}
#endif
