#pragma once

#include "tensor/base/dtype.h"

namespace cadena::cuda {

/// Who multiplies matrices: the kernels of this folder, or NVIDIA's cuBLAS, which a build for the emulator lacks.
enum class Multiplier { ladder, cublas };

/// What the environment variable CADENA_GEMM says: `ladder`, `cublas`, or `auto` (as if unset), which is cuBLAS where
/// there is one. Throws ValueError for other words, DeviceError for `cublas` where there is none.
Multiplier chosen_multiplier();

/// A batch of products y = a b, or y += a b, of row-major matrices of one dtype: (m, k) x (k, n) -> (m, n). A matrix
/// that is stored transposed has the rows of its transpose `pitch` elements apart.
struct VendorProduct {
  struct Operand {
    const void* data;
    bool is_transposed;
    i64 pitch;  // from row to row as it is stored
    i64 step;   // from matrix to matrix
  };
  Dtype dtype;
  i64 m, n, k, batch;
  Operand a, b;
  void* y;
  i64 y_step;
  bool adds;  // to what y holds
};

/// The products by cuBLAS on the current stream, summed in f32 (TF32 for f32 where CADENA_TF32 is `on`) or f64. Returns
/// false, without doing anything, if it cannot take the dtype or the extents, or is not there.
bool vendor_multiply(const VendorProduct& product);

/// True if this build has cuBLAS.
bool has_vendor_multiply();

}  // namespace cadena::cuda
