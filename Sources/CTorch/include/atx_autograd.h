// Gradients, and scopes without them.
#pragma once

#include "atx_core.h"

#ifdef __cplusplus
extern "C" {
#endif

int atx_requires_grad(atx_tensor a, bool *out);
int atx_set_requires_grad(atx_tensor a, bool value);
// *out is NULL where there is none.
int atx_grad(atx_tensor a, atx_tensor *out);
// `gradient` may be NULL, which drops it.
int atx_set_grad(atx_tensor a, atx_tensor gradient);
// `seed` may be NULL for a scalar.
int atx_backward(atx_tensor a, atx_tensor seed, bool keep_graph);
// Gradients of the sum of `output` for each input, into out[0 ..< count]; NULL where unused.
int atx_gradients(atx_tensor output, atx_tensor seed, const atx_tensor *inputs, int64_t count,
                  bool keep_graph, bool differentiable, atx_tensor *out);
int atx_detach(atx_tensor a, atx_tensor *out);
// Keeps the gradient that backward brings to a tensor that is no leaf.
int atx_retain_grad(atx_tensor a);
// Whether operations are recorded on this thread now.
int atx_grad_enabled(bool *out);
int atx_is_inference(atx_tensor a, bool *out);

// Turns recording on or off for this thread and tells what it was.
int atx_grad_mode(bool enabled, bool *before);
// A scope of inference mode on this thread. End scopes in reverse order, on the same thread.
int atx_inference_begin(void **scope);
int atx_inference_end(void *scope);

#ifdef __cplusplus
}
#endif
