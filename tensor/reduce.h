#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// Reductions run over the given axes (all if none) in one fixed pairwise order, so the rounding error grows with
/// \f$ \log n \f$ and the result depends neither on the number of threads nor on the strides. f16 and bf16 are
/// accumulated in f32; i64 wraps around modulo \f$ 2^{64} \f$. With `keep_dims` the reduced axes stay with extent 1.
/// All throw ShapeError for an axis out of range or named twice.

/// \f$ y = \sum_i x_i \f$; bool is counted as i64.
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keep_dims = false);

/// \f$ y = \frac1n \sum_i x_i \f$; integers become f32; NaN over no elements.
Tensor mean(const Tensor& x, const Axes& axes = {}, bool keep_dims = false);

/// \f$ y = \prod_i x_i \f$; 1 over no elements; bool is counted as i64.
Tensor prod(const Tensor& x, const Axes& axes = {}, bool keep_dims = false);

/// True where some element differs from 0 (NaN does); false over no elements. The result is bool.
Tensor any(const Tensor& x, const Axes& axes = {}, bool keep_dims = false);

/// True where every element differs from 0 (NaN does); true over no elements. The result is bool.
Tensor all(const Tensor& x, const Axes& axes = {}, bool keep_dims = false);

/// x summed over the axes along which `shape` was broadcast to x's shape: the adjoint of `broadcast_to`.
/// Throws ShapeError if `shape` does not broadcast to x's shape.
Tensor sum_to(const Tensor& x, const Shape& shape);

}  // namespace cadena
