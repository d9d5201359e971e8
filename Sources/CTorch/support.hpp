// What every topic's .cpp shares: handles to references, exceptions to statuses.
// Each topic includes the operators that it calls: <ATen/ATen.h>, which declares all of them,
// takes several times as long to compile.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

#include <atomic>
#include <cmath>

#include "CTorch.h"

namespace atx {

void record_error(const char *message) noexcept;
/// Sets the number of threads for every thread that calls; 0 or less keeps what it is.
void want_threads(int32_t count) noexcept;
void prepare_thread_slowly() noexcept;
/// Counts the changes of settings, of which each thread takes notice at its next call.
inline std::atomic<int32_t> settings{1};
inline thread_local int32_t thread_settings = 0;

inline at::Tensor &ref(atx_tensor t) { return *reinterpret_cast<at::Tensor *>(t); }

inline atx_tensor wrap(at::Tensor t) {
  return reinterpret_cast<atx_tensor>(new at::Tensor(std::move(t)));
}

inline std::optional<at::Tensor> optional(atx_tensor t) {
  if (t == nullptr) return std::nullopt;
  return ref(t);
}

inline at::IntArrayRef ints(const int64_t *values, int64_t count) {
  return at::IntArrayRef(values, static_cast<size_t>(count));
}

/// Dimensions of a reduction: none given means all.
inline at::OptionalIntArrayRef dims(const int64_t *values, int64_t count) {
  if (count == 0) return std::nullopt;
  return ints(values, count);
}

inline std::vector<at::Tensor> list(const atx_tensor *tensors, int64_t count) {
  std::vector<at::Tensor> result;
  result.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; i++) result.push_back(ref(tensors[i]));
  return result;
}

inline c10::Device device(int32_t code) {
  return code < 0 ? c10::Device(c10::kCPU) : c10::Device(c10::kCUDA, static_cast<int8_t>(code));
}

inline at::TensorOptions options(int32_t dtype, int32_t device_code) {
  return at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)).device(device(device_code));
}

/// A whole number meets an integer tensor as an integer, so that `ids + 1` stays an integer.
inline at::Scalar scalar(const at::Tensor &beside, double value) {
  if (c10::isIntegralType(beside.scalar_type(), false) && value == std::floor(value) &&
      std::abs(value) < 9.0e15) {
    return at::Scalar(static_cast<int64_t>(value));
  }
  return at::Scalar(value);
}

/// Runs `body`; no exception leaves it.
template <class Body>
inline int guard(Body &&body) noexcept {
  try {
    if (thread_settings != settings.load(std::memory_order_relaxed)) [[unlikely]] prepare_thread_slowly();
    body();
    return ATX_OK;
  } catch (const c10::OutOfMemoryError &e) {
    record_error(e.what_without_backtrace());
    return ATX_OUT_OF_MEMORY;
  } catch (const c10::Error &e) {
    record_error(e.what_without_backtrace());
    return ATX_FAILED;
  } catch (const std::bad_alloc &) {
    record_error("not enough memory");
    return ATX_OUT_OF_MEMORY;
  } catch (const std::exception &e) {
    record_error(e.what());
    return ATX_FAILED;
  } catch (...) {
    record_error("unknown failure in libtorch");
    return ATX_FAILED;
  }
}

/// `guard` for the common case: one tensor comes out.
template <class Body>
inline int make(atx_tensor *out, Body &&body) noexcept {
  return guard([&] { *out = wrap(body()); });
}

}  // namespace atx
