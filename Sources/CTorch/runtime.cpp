#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/headeronly/version.h>

#include <atomic>
#include <limits>

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
}  // namespace

int atx_start(int32_t threads) {
  want_threads(threads);
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
