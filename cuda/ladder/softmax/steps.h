// The softmax ladder: the shortest road to work that is bound by memory.
#pragma once

#include <cuda_runtime.h>

#include "cuda/ladder/ladder.h"
#include "cuda/ladder/tile.h"

namespace cadena::cuda::ladder {

/// How many parts of rows S5 may keep between its two kernels.
inline constexpr int kSoftmaxParts = 1024;

/// The largest logit of a part of a row, and the sum of \f$ e^{x - m} \f$ over the part.
struct SoftmaxPart {
  float m;
  float s;
};

/// \f$ y_{rc} = e^{x_{rc} - m_r} / s_r \f$ with \f$ m_r = \max_c x_{rc} \f$ and \f$ s_r = \sum_c e^{x_{rc} - m_r} \f$
/// on row-major device matrices without gaps; any size. Rows that hold a NaN, an infinite logit, or nothing but -inf
/// have no value: NaN.
struct Softmax {
  int rows = 0;
  int columns = 0;
  const float* in = nullptr;
  float* out = nullptr;
  SoftmaxPart* parts = nullptr;  ///< room for kSoftmaxParts, used by S5
  cudaStream_t stream = nullptr;
};

/// The ladder, lowest step first.
Steps<Softmax> softmax_steps();

// Each step enqueues its kernels on the problem's stream; its file explains it.
void softmax_s1(const Softmax& problem);
void softmax_s2(const Softmax& problem);
void softmax_s3(const Softmax& problem);
void softmax_s4(const Softmax& problem);
void softmax_s5(const Softmax& problem);

}  // namespace cadena::cuda::ladder
