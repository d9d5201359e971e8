// Several steps of a transformer in one pass over memory, with their gradients.
//
// On a CPU the small models spend most of a training step in element-wise operations; these read and
// write each element once. Tensors are float32 or bfloat16 on the CPU, last dimension contiguous;
// sums are in float32.
#pragma once

#include "atx_core.h"

#ifdef __cplusplus
extern "C" {
#endif

// Whether this file was compiled with optimisation; without it the separate operations are faster.
bool atx_fused_is_fast(void);
// sum = x + branch (`branch` may be NULL: then sum is x), normed = RMSNorm(sum) * weight as `dtype`.
int atx_fused_norm(atx_tensor x, atx_tensor branch, atx_tensor weight, double eps, int32_t dtype,
                   atx_tensor *sum, atx_tensor *normed);
// [.., 2 I] -> [.., I]: silu of the first half times the second.
int atx_fused_swiglu(atx_tensor gate_up, atx_tensor *out);
// qkv [B, T, (H + 2 K) D] -> rotated q [B, H, T, D], rotated k and plain v [B, K, T, D];
// cos, sin float32 [T, D] or [B, 1, T, D].
int atx_fused_qkv(atx_tensor qkv, atx_tensor cos, atx_tensor sin, int64_t heads, int64_t kv_heads,
                  atx_tensor *q, atx_tensor *k, atx_tensor *v);
// Mean of -log softmax(logits [N, V])[targets [N]] over the rows whose target is not `ignore`.
int atx_fused_cross_entropy(atx_tensor logits, atx_tensor targets, int64_t ignore, atx_tensor *out);

#ifdef __cplusplus
}
#endif
