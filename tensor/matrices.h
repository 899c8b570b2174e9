#pragma once

#include "tensor/tensor.h"

// What the ops on batches of matrices, (…, m, n), share.
namespace cadena {

/// The leading axes of a batch of matrices.
Shape batch_of(const Shape& shape);

/// Leading axes `batch`, then matrices of the given extents.
Shape with_matrix(Shape batch, i64 rows, i64 columns);

/// Throws ShapeError naming `op` unless x has at least two axes.
void check_matrices(const char* op, const Tensor& x);

/// Throws ShapeError naming `op` unless x has at least two axes and the last two are equal.
void check_square(const char* op, const Tensor& x);

/// x in the dtype in which matrices are decomposed: f64 as it is, everything else in f32.
Tensor to_decomposed(const Tensor& x);

}  // namespace cadena
