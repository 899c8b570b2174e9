#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "tensor/base/number.h"
#include "tensor/tensor.h"

namespace cadena {

/// Tensors joined along an axis that they have: shapes agree on all other axes; dtypes meet in their promoted one. A
/// copy. Throws ShapeError naming the shapes, or if there is no tensor at all; DeviceError if devices differ.
Tensor concat(std::span<const Tensor> parts, int axis = 0);
Tensor concat(std::initializer_list<Tensor> parts, int axis = 0);

/// Tensors of one shape joined along a new axis (0 … rank). A copy. Throws as `concat`.
Tensor stack(std::span<const Tensor> parts, int axis = 0);
Tensor stack(std::initializer_list<Tensor> parts, int axis = 0);

/// Consecutive parts of the given sizes along `axis`. Views. Throws ShapeError unless the sizes add up to the extent.
std::vector<Tensor> split(const Tensor& x, const Dims& sizes, int axis = 0);

/// At most `count` consecutive parts of equal size along `axis`, the last one possibly smaller (PyTorch's rule: parts
/// of size \f$ \lceil n / c \rceil \f$; an empty axis makes `count` empty parts). Views. Throws ValueError for a count
/// below 1, or for more parts than an int counts.
std::vector<Tensor> chunk(const Tensor& x, i64 count, int axis = 0);

/// The sizes of these parts for an axis of `extent`.
Dims chunk_sizes(i64 extent, i64 count);

/// `select(x, axis, i)` for every i: the axis disappears. Views.
std::vector<Tensor> unbind(const Tensor& x, int axis = 0);

/// x laid side by side `counts[i]` times along axis i, as NumPy's `tile`: the shorter of shape and counts is led by
/// ones. Throws ValueError for a negative count.
Tensor tile(const Tensor& x, const Dims& counts);

/// Every element repeated `count` times along `axis`, as NumPy's `repeat`. Throws ValueError for a negative count.
Tensor repeat(const Tensor& x, i64 count, int axis);

/// x framed by `value`: before[i] elements in front of axis i and after[i] behind it. Throws ShapeError unless there is
/// one width an axis, ValueError for a negative one and where x is i64 and the value NaN or outside its range.
Tensor pad(const Tensor& x, const Dims& before, const Dims& after, Number value = 0);

/// The elements moved by `shift` along `axis`; what leaves at one end comes back at the other.
/// \f$ y_{(i + s) \bmod n} = x_i \f$
Tensor roll(const Tensor& x, i64 shift, int axis);

}  // namespace cadena
