#pragma once

#include "autograd/variable.h"
#include "tensor/indexing.h"

namespace cadena {

/// Differentiable forms of `tensor/indexing.h`. Indices and masks are tensors: nothing is differentiated through them.
/// What flows back from a read is added to the elements that were read, without an array of zeros for every read.

Variable index_select(const Variable& x, const Tensor& index, int axis);
Variable index_add(const Variable& x, const Tensor& index, const Variable& source, int axis);
Variable embedding(const Variable& table, const Tensor& index);
Variable gather(const Variable& x, const Tensor& index, int axis);
/// Where an index repeats, the gradient flows to the element that won.
Variable scatter(const Variable& x, const Tensor& index, const Variable& source, int axis);
Variable scatter_add(const Variable& x, const Tensor& index, const Variable& source, int axis);
Variable take(const Variable& x, const Tensor& index);
Variable masked_select(const Variable& x, const Tensor& mask);
Variable masked_fill(const Variable& x, const Tensor& mask, Number value);

}  // namespace cadena
