#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>

#include "support.hpp"

using namespace atx;

int atx_adamw_step(const atx_tensor *parameters, const atx_tensor *first,
                   const atx_tensor *second, const atx_tensor *steps, int64_t count, double rate,
                   double beta1, double beta2, double eps, double decay) {
  return guard([&] {
    c10::NoGradGuard no_grad;
    std::vector<at::Tensor> weights, gradients, averages, squares, times;
    for (int64_t i = 0; i < count; i++) {
      auto &weight = ref(parameters[i]);
      if (!weight.grad().defined()) continue;
      weights.push_back(weight);
      gradients.push_back(weight.grad().is_contiguous() ? weight.grad()
                                                        : weight.grad().contiguous());
      averages.push_back(ref(first[i]));
      squares.push_back(ref(second[i]));
      times.push_back(ref(steps[i]));
    }
    if (weights.empty()) return;
    at::_foreach_add_(times, 1);
    at::_fused_adamw_(weights, gradients, averages, squares, {}, times, rate, beta1, beta2, decay,
                      eps, /*amsgrad=*/false, /*maximize=*/false);
  });
}

int atx_clip_grad_norm(const atx_tensor *parameters, int64_t count, double limit, double *norm) {
  return guard([&] {
    c10::NoGradGuard no_grad;
    std::vector<at::Tensor> gradients;
    for (int64_t i = 0; i < count; i++) {
      auto &gradient = ref(parameters[i]).grad();
      if (gradient.defined()) gradients.push_back(gradient);
    }
    if (gradients.empty()) {
      *norm = 0;
      return;
    }
    auto norms = at::stack(at::_foreach_norm(gradients, 2, at::kFloat));
    *norm = at::linalg_vector_norm(norms, 2).item().toDouble();
    // The small constant and the "only ever shrink" rule are those of clip_grad_norm_ in PyTorch.
    double factor = limit / (*norm + 1e-6);
    if (factor < 1) at::_foreach_mul_(gradients, factor);
  });
}

int atx_zero_grad(const atx_tensor *parameters, int64_t count) {
  return guard([&] {
    for (int64_t i = 0; i < count; i++) ref(parameters[i]).mutable_grad().reset();
  });
}
