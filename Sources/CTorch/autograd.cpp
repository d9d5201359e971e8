#include <torch/csrc/autograd/autograd.h>

#include "support.hpp"

using namespace atx;

int atx_requires_grad(atx_tensor a, bool *out) {
  return guard([&] { *out = ref(a).requires_grad(); });
}

int atx_set_requires_grad(atx_tensor a, bool value) {
  return guard([&] { ref(a).set_requires_grad(value); });
}

int atx_grad(atx_tensor a, atx_tensor *out) {
  return guard([&] {
    const auto &gradient = ref(a).grad();
    *out = gradient.defined() ? wrap(gradient) : nullptr;
  });
}

int atx_set_grad(atx_tensor a, atx_tensor gradient) {
  return guard([&] { ref(a).mutable_grad() = gradient ? ref(gradient) : at::Tensor(); });
}

int atx_backward(atx_tensor a, atx_tensor seed, bool keep_graph) {
  return guard([&] {
    std::vector<at::Tensor> seeds;
    if (seed) seeds.push_back(ref(seed));
    torch::autograd::backward({ref(a)}, seeds, keep_graph);
  });
}

int atx_gradients(atx_tensor output, atx_tensor seed, const atx_tensor *inputs, int64_t count,
                  bool keep_graph, bool differentiable, atx_tensor *out) {
  return guard([&] {
    std::vector<at::Tensor> seeds;
    if (seed) seeds.push_back(ref(seed));
    auto results = torch::autograd::grad({ref(output)}, list(inputs, count), seeds,
                                         keep_graph || differentiable, differentiable, true);
    for (int64_t i = 0; i < count; i++) {
      auto &result = results[static_cast<size_t>(i)];
      out[i] = result.defined() ? wrap(result) : nullptr;
    }
  });
}

int atx_detach(atx_tensor a, atx_tensor *out) {
  return make(out, [&] { return ref(a).detach(); });
}

int atx_retain_grad(atx_tensor a) {
  return guard([&] { ref(a).retain_grad(); });
}

int atx_grad_enabled(bool *out) {
  return guard([&] { *out = c10::GradMode::is_enabled() && !c10::InferenceMode::is_enabled(); });
}

int atx_is_inference(atx_tensor a, bool *out) {
  return guard([&] { *out = ref(a).is_inference(); });
}

int atx_grad_mode(bool enabled, bool *before) {
  return guard([&] {
    *before = c10::GradMode::is_enabled();
    c10::GradMode::set_enabled(enabled);
  });
}

int atx_inference_begin(void **scope) {
  return guard([&] { *scope = new c10::InferenceMode(true); });
}

int atx_inference_end(void *scope) {
  return guard([&] { delete static_cast<c10::InferenceMode *>(scope); });
}
