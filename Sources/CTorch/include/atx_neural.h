// What transformers are made of.
#pragma once

#include "atx_core.h"

#ifdef __cplusplus
extern "C" {
#endif

int atx_softmax(atx_tensor a, int64_t dim, atx_tensor *out);
int atx_log_softmax(atx_tensor a, int64_t dim, atx_tensor *out);
// `weight` may be NULL. Normalises the last dimension, in float32 whatever the dtype.
int atx_rms_norm(atx_tensor a, atx_tensor weight, double eps, atx_tensor *out);
// `weight` and `bias` may be NULL. Normalises the last dimension.
int atx_layer_norm(atx_tensor a, atx_tensor weight, atx_tensor bias, double eps, atx_tensor *out);
// q, k, v [B, H, T, D]; `mask` may be NULL, boolean (true = look) or additive; scale <= 0: 1/sqrt(D).
int atx_attention(atx_tensor q, atx_tensor k, atx_tensor v, atx_tensor mask, bool causal,
                  double scale, bool grouped, atx_tensor *out);
// Turns products of queries and keys [B, H, T, S] into scores in place (scaled, -inf where masked) and
// gives their softmax. *out is NULL, and nothing is changed, where that must be done in single steps.
int atx_attention_pattern(atx_tensor scores, atx_tensor mask, bool causal, double scale,
                          atx_tensor *out);
// act(a) * b of x = [a b] [.., 2 I] -> [.., I]; act is SiLU, or GELU approximated by tanh.
int atx_gated(atx_tensor x, bool gelu, atx_tensor *out);
// Of logits [N, V]: the first largest [N] (int64) and its log-probability [N] (float32).
int atx_greedy(atx_tensor logits, atx_tensor *tokens, atx_tensor *log_probabilities);
// In float32 whatever the dtype. reduction: 0 none, 1 mean, 2 sum.
int atx_cross_entropy(atx_tensor logits, atx_tensor targets, int64_t ignore, int64_t reduction,
                      atx_tensor *out);
// x [.., D], cos and sin broadcast to it: x * cos + rotate_half(x) * sin.
int atx_rotary(atx_tensor x, atx_tensor cos, atx_tensor sin, atx_tensor *out);
int atx_mse(atx_tensor a, atx_tensor b, atx_tensor *out);

#ifdef __cplusplus
}
#endif
