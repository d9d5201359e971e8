// Views, joins and copies.
#pragma once

#include "atx_core.h"

#ifdef __cplusplus
extern "C" {
#endif

int atx_reshape(atx_tensor a, const int64_t *sizes, int64_t rank, atx_tensor *out);
int atx_expand(atx_tensor a, const int64_t *sizes, int64_t rank, atx_tensor *out);
int atx_permute(atx_tensor a, const int64_t *dims, int64_t rank, atx_tensor *out);
int atx_transpose(atx_tensor a, int64_t dim0, int64_t dim1, atx_tensor *out);
int atx_unsqueeze(atx_tensor a, int64_t dim, atx_tensor *out);
int atx_squeeze(atx_tensor a, int64_t dim, atx_tensor *out);
int atx_flatten(atx_tensor a, int64_t first, int64_t last, atx_tensor *out);
int atx_narrow(atx_tensor a, int64_t dim, int64_t start, int64_t length, atx_tensor *out);
int atx_select(atx_tensor a, int64_t dim, int64_t index, atx_tensor *out);
int atx_diagonal(atx_tensor a, int64_t offset, int64_t dim0, int64_t dim1, atx_tensor *out);
int atx_contiguous(atx_tensor a, atx_tensor *out);
int atx_cat(const atx_tensor *parts, int64_t count, int64_t dim, atx_tensor *out);
int atx_stack(const atx_tensor *parts, int64_t count, int64_t dim, atx_tensor *out);
// Fills out[0 ..< count]; `count` lengths that add up to the size of the dimension.
int atx_split(atx_tensor a, const int64_t *lengths, int64_t count, int64_t dim, atx_tensor *out);
int atx_repeat_interleave(atx_tensor a, int64_t times, int64_t dim, atx_tensor *out);
int atx_repeat(atx_tensor a, const int64_t *times, int64_t rank, atx_tensor *out);
int atx_flip(atx_tensor a, int64_t dim, atx_tensor *out);
int atx_roll(atx_tensor a, int64_t shift, int64_t dim, atx_tensor *out);
int atx_tril(atx_tensor a, int64_t diagonal, atx_tensor *out);
int atx_triu(atx_tensor a, int64_t diagonal, atx_tensor *out);
int atx_clone(atx_tensor a, atx_tensor *out);
int atx_to_dtype(atx_tensor a, int32_t dtype, atx_tensor *out);
int atx_to_device(atx_tensor a, int32_t device, atx_tensor *out);

#ifdef __cplusplus
}
#endif
