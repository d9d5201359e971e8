// Handles, statuses, dtypes, and what a tensor tells about itself.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct atx_tensor_s *atx_tensor;
typedef struct atx_generator_s *atx_generator;

enum { ATX_OK = 0, ATX_FAILED = 1, ATX_OUT_OF_MEMORY = 2 };

enum {
  ATX_UINT8 = 0,
  ATX_INT8 = 1,
  ATX_INT16 = 2,
  ATX_INT32 = 3,
  ATX_INT64 = 4,
  ATX_FLOAT16 = 5,
  ATX_FLOAT32 = 6,
  ATX_FLOAT64 = 7,
  ATX_BOOL = 11,
  ATX_BFLOAT16 = 15
};

// The reason of this thread's last failure; valid until its next call.
const char *atx_error(void);

// Gives up one reference. NULL is allowed.
void atx_free(atx_tensor tensor);

int atx_rank(atx_tensor a, int64_t *out);
int atx_sizes(atx_tensor a, int64_t *sizes, int64_t capacity, int64_t *rank);
int atx_size(atx_tensor a, int64_t dim, int64_t *out);
int atx_count(atx_tensor a, int64_t *out);
int atx_dtype(atx_tensor a, int32_t *out);
int atx_device(atx_tensor a, int32_t *out);
int atx_is_contiguous(atx_tensor a, bool *out);
int atx_item_double(atx_tensor a, double *out);
int atx_item_int(atx_tensor a, int64_t *out);
// Copies `count` elements, converted to float32 / float64 / int64, in row-major order.
int atx_copy_floats(atx_tensor a, float *out, int64_t count);
int atx_copy_doubles(atx_tensor a, double *out, int64_t count);
int atx_copy_ints(atx_tensor a, int64_t *out, int64_t count);
// Copies `count` bytes of the elements as they are, in row-major order.
int atx_copy_bytes(atx_tensor a, void *out, int64_t count);
// Address of the first element; NULL for an empty tensor. Only while the tensor lives.
int atx_data(atx_tensor a, void **out);

#ifdef __cplusplus
}
#endif
