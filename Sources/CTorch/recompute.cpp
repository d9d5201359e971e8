// Computations of which backward keeps the inputs alone (Chen et al. 2016, "Training Deep Nets with
// Sublinear Memory Cost").
#include <ATen/core/ivalue.h>
#include <ATen/core/ivalue_inl.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "support.hpp"

namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The caller's function, freed with the last graph that may call it.
struct Body : torch::CustomClassHolder {
  atx_body body;
  void (*release_context)(void *);
  void *context;

  Body(atx_body body, void (*release)(void *), void *context)
      : body(body), release_context(release), context(context) {}
  ~Body() override { release_context(context); }

  Tensor operator()(at::TensorList inputs) const {
    std::vector<atx_tensor> handles;
    for (const auto &input : inputs) handles.push_back(atx::wrap(input));
    atx_tensor out = nullptr;
    int status = body(context, handles.data(), static_cast<int64_t>(handles.size()), &out);
    TORCH_CHECK(status == ATX_OK && out, "the recomputed function failed: ", atx_error());
    Tensor result = atx::ref(out);
    atx_free(out);
    return result;
  }
};

struct Recomputed : torch::autograd::Function<Recomputed> {
  static Tensor forward(AutogradContext *context, at::TensorList inputs, c10::IValue body) {
    context->save_for_backward(inputs.vec());
    context->saved_data["body"] = body;
    auto function = c10::static_intrusive_pointer_cast<Body>(body.toCapsule());
    return (*function)(inputs);
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto function = c10::static_intrusive_pointer_cast<Body>(
        context->saved_data["body"].toCapsule());
    at::AutoGradMode recording(true);
    variable_list leaves, wanted;
    for (size_t i = 0; i < saved.size(); i++) {
      auto leaf = saved[i].detach();
      if (context->needs_input_grad(i)) {
        leaf.set_requires_grad(true);
        wanted.push_back(leaf);
      }
      leaves.push_back(leaf);
    }
    auto out = (*function)(leaves);
    auto found = torch::autograd::grad({out}, wanted, {gradients[0]}, /*retain_graph=*/false,
                                       /*create_graph=*/false, /*allow_unused=*/true);
    variable_list result(saved.size() + 1);
    size_t next = 0;
    for (size_t i = 0; i < saved.size(); i++) {
      if (leaves[i].requires_grad()) result[i] = found[next++];
    }
    return result;
  }
};

}  // namespace

int atx_recomputed(const atx_tensor *inputs, int64_t count, atx_body body,
                   void (*release)(void *context), void *context, atx_tensor *out) {
  using namespace atx;
  return make(out, [&] {
    auto function =
        c10::IValue::make_capsule(c10::make_intrusive<Body>(body, release, context));
    auto all = list(inputs, count);
    return Recomputed::apply(at::TensorList(all), function);
  });
}
