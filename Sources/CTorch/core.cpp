#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ops/from_blob.h>

#include "kernels.hpp"
#include "support.hpp"

namespace {
thread_local std::string last_error;
std::atomic<int32_t> wanted_threads{0};

template <class T>
void copy_as(const at::Tensor &source, at::ScalarType type, T *out, int64_t count) {
  TORCH_CHECK(source.numel() == count, "expected ", count, " elements, got ", source.numel());
  if (count == 0) return;
  auto target = at::from_blob(out, source.sizes(), at::TensorOptions().dtype(type));
  c10::NoGradGuard no_grad;
  target.copy_(source.detach());
}
}  // namespace

namespace atx {
void record_error(const char *message) noexcept {
  try {
    last_error = message;
  } catch (...) {
    last_error.clear();
  }
}

void want_threads(int32_t count) noexcept {
  if (count > 0) wanted_threads = count;
  settings++;
}

// libtorch keeps the number of threads and the floating point mode for each calling thread, and
// results may differ in the last digit with the number: every thread must have the same.
// Threads made later by this one inherit its floating point mode, so that a thread which sets it
// before its first operation has worker threads that flush denormals too.
void prepare_thread_slowly() noexcept {
  thread_settings = settings;
  keep_blocks();
  at::globalContext().setFlushDenormal(true);
  int32_t count = wanted_threads;
  if (count > 0) at::set_num_threads(count);
}
}  // namespace atx

using namespace atx;

const char *atx_error(void) { return last_error.c_str(); }

void atx_free(atx_tensor tensor) { delete reinterpret_cast<at::Tensor *>(tensor); }

int atx_rank(atx_tensor a, int64_t *out) {
  return guard([&] { *out = ref(a).dim(); });
}

int atx_sizes(atx_tensor a, int64_t *sizes, int64_t capacity, int64_t *rank) {
  return guard([&] {
    auto all = ref(a).sizes();
    *rank = static_cast<int64_t>(all.size());
    if (*rank <= capacity) std::copy(all.begin(), all.end(), sizes);
  });
}

int atx_size(atx_tensor a, int64_t dim, int64_t *out) {
  return guard([&] { *out = ref(a).size(dim); });
}

int atx_count(atx_tensor a, int64_t *out) {
  return guard([&] { *out = ref(a).numel(); });
}

int atx_dtype(atx_tensor a, int32_t *out) {
  return guard([&] { *out = static_cast<int32_t>(ref(a).scalar_type()); });
}

int atx_device(atx_tensor a, int32_t *out) {
  return guard([&] {
    auto where = ref(a).device();
    *out = where.is_cpu() ? -1 : std::max<int32_t>(0, where.index());
  });
}

int atx_is_contiguous(atx_tensor a, bool *out) {
  return guard([&] { *out = ref(a).is_contiguous(); });
}

int atx_item_double(atx_tensor a, double *out) {
  return guard([&] { *out = ref(a).item().toDouble(); });
}

int atx_item_int(atx_tensor a, int64_t *out) {
  return guard([&] { *out = ref(a).item().toLong(); });
}

int atx_copy_floats(atx_tensor a, float *out, int64_t count) {
  return guard([&] { copy_as(ref(a), at::kFloat, out, count); });
}

int atx_copy_doubles(atx_tensor a, double *out, int64_t count) {
  return guard([&] { copy_as(ref(a), at::kDouble, out, count); });
}

int atx_copy_ints(atx_tensor a, int64_t *out, int64_t count) {
  return guard([&] { copy_as(ref(a), at::kLong, out, count); });
}

int atx_copy_bytes(atx_tensor a, void *out, int64_t count) {
  return guard([&] {
    auto plain = ref(a).detach().cpu().contiguous();
    TORCH_CHECK(static_cast<int64_t>(plain.nbytes()) == count, "expected ", count, " bytes, got ",
                plain.nbytes());
    if (count > 0) std::memcpy(out, plain.const_data_ptr(), static_cast<size_t>(count));
  });
}

int atx_data(atx_tensor a, void **out) {
  return guard([&] { *out = ref(a).numel() == 0 ? nullptr : ref(a).data_ptr(); });
}
