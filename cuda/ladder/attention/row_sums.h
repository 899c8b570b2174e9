// What the backward passes in bf16 do first, one row at a time.
#pragma once

#include <cuda_bf16.h>

#include "cuda/ladder/attention/problem.h"

namespace cadena::cuda::ladder {

/// Fills `rows` of the problem: first the log-sum-exps in units of log 2, +inf for queries that see no key, then
/// \f$ D_i = \sum_c dO_{ic} O_{ic} \f$.
void enqueue_row_sums(const AttentionGradient<__nv_bfloat16>& problem);

}  // namespace cadena::cuda::ladder
