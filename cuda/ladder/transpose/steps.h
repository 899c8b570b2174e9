// The transpose ladder: the shortest road to coalescing and bank conflicts.
#pragma once

#include "cuda/ladder/ladder.h"
#include "cuda/ladder/tile.h"

namespace cadena::cuda::ladder {

/// out = in^T on row-major device matrices without gaps: in is rows x columns, out is columns x rows; any size.
struct Transpose {
  int rows = 0;
  int columns = 0;
  const float* in = nullptr;
  float* out = nullptr;
  cudaStream_t stream = nullptr;
};

/// The ladder, lowest step first.
Steps<Transpose> transpose_steps();

// Each step enqueues its kernel on the problem's stream; its file explains it.
void transpose_x1(const Transpose& problem);
void transpose_x2(const Transpose& problem);
void transpose_x3(const Transpose& problem);
void transpose_x4(const Transpose& problem);

}  // namespace cadena::cuda::ladder
