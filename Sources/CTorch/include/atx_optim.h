// Whole optimiser steps over lists of parameters.
#pragma once

#include "atx_core.h"

#ifdef __cplusplus
extern "C" {
#endif

// One AdamW step (decoupled weight decay) over `count` parameters with gradients; `steps` are
// float32 scalars that the call increments. Parameters without a gradient are left alone.
int atx_adamw_step(const atx_tensor *parameters, const atx_tensor *first,
                   const atx_tensor *second, const atx_tensor *steps, int64_t count, double rate,
                   double beta1, double beta2, double eps, double decay);
// Scales all gradients so that their joint 2-norm is at most `limit`; tells the norm before.
int atx_clip_grad_norm(const atx_tensor *parameters, int64_t count, double limit, double *norm);
int atx_zero_grad(const atx_tensor *parameters, int64_t count);

#ifdef __cplusplus
}
#endif
