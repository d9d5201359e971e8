#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/headeronly/version.h>

#include <atomic>
#include <limits>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "kernels.hpp"
#include "support.hpp"

using namespace atx;

namespace {
/// True where this thread's arithmetic turns denormals into zero.
bool flushes_here() {
  volatile float tiny = std::numeric_limits<float>::min();
  volatile float half = 0.5f;
  volatile float product = tiny * half;
  return product == 0.0f;
}

/// Keeps freed memory for the next tensor instead of handing it back to the system.
///
/// Small models make and free tensors of some megabytes all the time, and each would cost a system call
/// and pages to be zeroed again. Larger ones still go back at once.
void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
  mallopt(M_TOP_PAD, 16 << 20);
#endif
}
}  // namespace

int atx_start(int32_t threads) {
  want_threads(threads);
  keep_freed_memory();
  return guard([&] {
    // Once per worker thread that may exist already.
    parallel(at::get_num_threads(), 1, [](int64_t, int64_t) {
      at::globalContext().setFlushDenormal(true);
    });
  });
}

int atx_threads(int32_t *out) {
  return guard([&] { *out = at::get_num_threads(); });
}

int atx_flushes_denormals(bool *out) {
  return guard([&] {
    std::atomic<bool> all{flushes_here()};
    parallel(at::get_num_threads(), 1, [&](int64_t, int64_t) {
      if (!flushes_here()) all = false;
    });
    *out = all;
  });
}

int atx_cuda_devices(int32_t *out) {
  return guard([&] { *out = at::hasCUDA() ? static_cast<int32_t>(at::getNumGPUs()) : 0; });
}

const char *atx_torch_version(void) { return TORCH_VERSION; }

const char *atx_cpu_capability(void) {
  static const std::string capability = [] {
    try {
      return at::get_cpu_capability();
    } catch (...) {
      return std::string("unknown");
    }
  }();
  return capability.c_str();
}
