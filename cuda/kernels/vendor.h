#pragma once

#include <string_view>

#include "tensor/base/dtype.h"
#include "tensor/base/linear_activation.h"

namespace cadena::cuda {

/// Who multiplies matrices: the kernels of this folder, or NVIDIA's cuBLAS and cuBLASLt, which a build for the emulator
/// lacks.
enum class Multiplier { ladder, cublas };

/// Who multiplies: what `choose_multiplier` said last, otherwise what the environment variable CADENA_GEMM says:
/// `ladder`, `cublas`, or `auto` (as if unset), which is cuBLAS where there is one. Throws ValueError for other words,
/// DeviceError for `cublas` where there is none.
Multiplier chosen_multiplier();

/// Chooses by name, as CADENA_GEMM does, for the products that follow; an empty name leaves it to the variable again.
/// Throws like chosen_multiplier, and changes nothing then.
void choose_multiplier(std::string_view name);

/// Whether cuBLAS may round f32 factors to TF32 (10 bits of mantissa): what `allow_tf32` said last, otherwise what
/// CADENA_TF32 says, `on` or `off` (as if unset). The kernels of this folder never do. Throws ValueError for other
/// words.
bool is_tf32_allowed();
void allow_tf32(bool allowed);

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

/// The products by cuBLAS on the current stream, summed in f32 (f32 by TF32 where `is_tf32_allowed`) or f64. Returns
/// false, without doing anything, if it cannot take the dtype or the extents, or is not there.
bool vendor_multiply(const VendorProduct& product);

/// z = x w^T + b and y = f(z) of row-major matrices of one dtype: (m, k), (n, k), (n,) -> (m, n).
struct VendorLinear {
  Dtype dtype;
  i64 m, n, k;
  const void *x, *w;
  const void* b;  // null: none
  void* y;
  void* z;  // null: not stored
  LinearActivation activation;
};

/// The same in one launch by cuBLASLt, which adds the bias and applies the activation to the sums in f32, before they
/// are rounded: no activation, or GELU by tanh, which can store z. Returns false, without doing anything, if it cannot
/// take the dtype, the activation or the extents, or is not there.
bool vendor_linear(const VendorLinear& layer);

/// True if this build has cuBLAS and cuBLASLt.
bool has_vendor_multiply();

}  // namespace cadena::cuda
