#pragma once

#include <string_view>

#include "tensor/base/number.h"
#include "tensor/tensor.h"

namespace cadena {

/// Reading and writing at positions that are themselves data. Index tensors are i64 (DtypeError otherwise); negative
/// indices count from the end, as in NumPy, and one out of range throws IndexError naming it. Masks are bool. Nothing
/// here works in place, and repeated positions give the same result on every run and for any number of threads.

/// `index` with its negative elements counted from the front of an axis of `extent`. Throws IndexError naming `op`.
Tensor normalize_index(const char* op, const Tensor& index, i64 extent);

/// The elements of x at `index` along `axis`, for an index of any shape: axis n of x is replaced by the axes of `index`
/// (NumPy's `take`; PyTorch's `index_select` for one axis). (…, n, …) at (a, b) -> (…, a, b, …).
Tensor index_select(const Tensor& x, const Tensor& index, int axis);

/// x with the slices of `source` added at `index` along `axis`: what `index_select(x, index, axis)` would read is added
/// to, once for every time it would be read. `source` has the shape of that result and the dtype of x; f16 and bf16 are
/// accumulated in f32.
Tensor index_add(const Tensor& x, const Tensor& index, const Tensor& source, int axis);

/// The same in place: a write to x, without a copy of it. For f16 and bf16 each addition is rounded.
void index_add_into(const Tensor& x, const Tensor& index, const Tensor& source, int axis);

/// Throws DtypeError unless `index` is i64, IndexError naming `op` for an element outside 0 … extent - 1: where indices
/// are names (tokens, classes) a negative one is a mistake, not a count from the end. `rows` is what the message calls
/// what is counted.
void check_rows(std::string_view op, const Tensor& index, i64 extent, std::string_view rows = "rows");

/// Rows of `table` (n, d) for every element of `index`: (…,) -> (…, d). Throws ShapeError unless the table is a matrix,
/// IndexError for an index outside 0 … n - 1, negative ones included.
Tensor embedding(const Tensor& table, const Tensor& index);

/// One element for each element of `index`: \f$ y_{ij} = x_{I_{ij} j} \f$ for axis 0 (PyTorch's `gather`, NumPy's
/// `take_along_axis`). `index` has the shape of x but for the extent of `axis`; broadcast it before if need be.
/// Throws ShapeError otherwise.
Tensor gather(const Tensor& x, const Tensor& index, int axis);

/// x with \f$ y_{I_{ij} j} = s_{ij} \f$ for axis 0. `source` has the shape of `index` and the dtype of x. Where an
/// index repeats, the last one along the axis wins.
Tensor scatter(const Tensor& x, const Tensor& index, const Tensor& source, int axis);

/// x with \f$ s_{ij} \f$ added to \f$ y_{I_{ij} j} \f$ for axis 0, in order along the axis. f16 and bf16 are
/// accumulated in f32.
Tensor scatter_add(const Tensor& x, const Tensor& index, const Tensor& source, int axis);

/// The same in place: a write to x, without a copy of it. For f16 and bf16 each addition is rounded.
void scatter_add_into(const Tensor& x, const Tensor& index, const Tensor& source, int axis);

/// The elements of x, seen as one row-major list, at `index`: the result has the shape of `index`.
Tensor take(const Tensor& x, const Tensor& index);

/// The positions of the elements other than zero, in row-major order: (count, rank), i64. NaN is not zero.
Tensor nonzero(const Tensor& x);

/// The elements of x where `mask` is true, as a list in row-major order. Both are broadcast to one shape.
Tensor masked_select(const Tensor& x, const Tensor& mask);

/// x with `value` where `mask` is true; `mask` broadcasts to the shape of x (ShapeError otherwise). Throws ValueError
/// if x is i64 and the value NaN or outside its range.
Tensor masked_fill(const Tensor& x, const Tensor& mask, Number value);

/// A last axis of extent `classes` with 1 at `index` and 0 elsewhere. Classes are 0 … classes - 1: a negative one
/// throws IndexError, as a larger one does; `classes` below 1 throws ValueError.
Tensor one_hot(const Tensor& index, i64 classes, Dtype dtype = Dtype::f32);

}  // namespace cadena
