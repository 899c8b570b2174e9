#pragma once

#include <utility>

#include "autograd/variable.h"

namespace cadena {

/// x repeated to `shape` as NumPy broadcasts. Its adjoint is `sum_to`.
Variable broadcast_to(const Variable& x, const Shape& shape);

/// x summed over the axes along which `shape` was broadcast to x's shape. Its adjoint is `broadcast_to`.
Variable sum_to(const Variable& x, const Shape& shape);

/// x in another floating dtype. Its adjoint casts back.
Variable cast(const Variable& x, Dtype dtype);

/// Two operands brought to one shape and one dtype by `broadcast_to` and `cast`, which record themselves; so
/// elementwise rules never meet a broadcast. Throws ShapeError naming `op` if the shapes do not broadcast.
std::pair<Variable, Variable> align(const char* op, const Variable& a, const Variable& b);

/// The same, in a floating dtype: integers become f32.
std::pair<Variable, Variable> align_float(const char* op, const Variable& a, const Variable& b);

/// x itself if its dtype is floating, x in f32 otherwise.
Variable to_float(const Variable& x);

}  // namespace cadena
