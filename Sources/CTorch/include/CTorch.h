// The C face of libtorch: everything that Swift sees of it.
//
// Conventions, the same in every header:
//   * names begin with `atx_`; plain C, no C++ in sight;
//   * every operation returns a status (ATX_OK or why not) and gives its results through out
//     parameters, which hold new references that the caller frees with `atx_free`;
//   * after a status other than ATX_OK, `atx_error` on the same thread holds the reason;
//   * dtypes are ATX_* codes, devices are -1 for the CPU and n >= 0 for CUDA device n;
//   * a dimension may be negative and then counts from the end.
#pragma once

#include "atx_adapter.h"
#include "atx_autograd.h"
#include "atx_core.h"
#include "atx_create.h"
#include "atx_index.h"
#include "atx_linalg.h"
#include "atx_math.h"
#include "atx_neural.h"
#include "atx_optim.h"
#include "atx_reduce.h"
#include "atx_runtime.h"
#include "atx_shape.h"
