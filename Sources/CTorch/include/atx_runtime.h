// Threads, devices and versions.
#pragma once

#include "atx_core.h"

#ifdef __cplusplus
extern "C" {
#endif

// threads <= 0 keeps libtorch's choice. Flushes denormals here and on every worker thread.
int atx_start(int32_t threads);
int atx_threads(int32_t *out);
// Whether this thread and all worker threads that serve it flush denormals.
int atx_flushes_denormals(bool *out);
int atx_cuda_devices(int32_t *out);
// Gives memory that is kept for further tensors back to the system.
int atx_release_memory(void);
// "2.11.0"; a string that lives as long as the process.
const char *atx_torch_version(void);
// "AVX512", "AVX2", "DEFAULT", …: the kernels that libtorch chose.
const char *atx_cpu_capability(void);

#ifdef __cplusplus
}
#endif
