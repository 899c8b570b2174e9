// The speeds behind the table by which G9 chooses its tile shape.
#pragma once

#include <vector>

namespace cadena::cuda::ladder {

/// One tile shape of G9 on a square product.
struct TileShapeSpeed {
  int number;
  double gflops;
  bool is_chosen;  ///< by gemm_g9_choice for this size on this GPU
};

/// Times every tile shape of G9 on a product of size x size matrices; needs a GPU.
std::vector<TileShapeSpeed> tune_g9(int size);

}  // namespace cadena::cuda::ladder
