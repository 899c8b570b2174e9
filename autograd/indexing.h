#pragma once

#include "autograd/variable.h"
#include "tensor/indexing.h"

namespace cadena {

/// Differentiable forms of `tensor/indexing.h`. Indices and masks are tensors: nothing is differentiated through them.
/// What flows back from a read is added to the elements that were read, without an array of zeros for every read.

/// The slices of x at `index` along `axis`; what flows back is added to the slices that were read.
Variable index_select(const Variable& x, const Tensor& index, int axis);
/// x with the slices of `source` added at `index`; the cotangent of `source` is read at `index`, that of x is dy
/// itself.
Variable index_add(const Variable& x, const Tensor& index, const Variable& source, int axis);
/// Rows of `table` (n, d) at `index` (…,) -> (…, d); what flows back is added to the rows that were read.
Variable embedding(const Variable& table, const Tensor& index);
/// \f$ y_{ij} = x_{I_{ij} j} \f$ for axis 0; its adjoint is `scatter_add` onto zeros.
Variable gather(const Variable& x, const Tensor& index, int axis);
/// Where an index repeats, the gradient flows to the element that won.
Variable scatter(const Variable& x, const Tensor& index, const Variable& source, int axis);
/// x with \f$ s_{ij} \f$ added to \f$ y_{I_{ij} j} \f$ for axis 0; the cotangent of `source` is `gather` of dy.
Variable scatter_add(const Variable& x, const Tensor& index, const Variable& source, int axis);
/// The elements of x, seen as one row-major list, at `index`; what flows back is added at these positions.
Variable take(const Variable& x, const Tensor& index);
/// The elements of x where `mask` is true, as a list; what flows back returns to their places.
Variable masked_select(const Variable& x, const Tensor& mask);
/// x with `value` where `mask` is true; nothing flows back to the elements that were replaced.
Variable masked_fill(const Variable& x, const Tensor& mask, Number value);

}  // namespace cadena
