#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "autograd/variable.h"
#include "tensor/join.h"

namespace cadena {

/// Differentiable forms of `tensor/join.h`.

/// Variables joined along an axis that they have; the cotangent is split into their parts.
Variable concat(std::span<const Variable> parts, int axis = 0);
Variable concat(std::initializer_list<Variable> parts, int axis = 0);
/// Variables of one shape joined along a new axis; the cotangent of part i is dy at i.
Variable stack(std::span<const Variable> parts, int axis = 0);
Variable stack(std::initializer_list<Variable> parts, int axis = 0);
/// Consecutive parts of the given sizes along `axis`; the cotangents are joined again, zeros where nothing flowed.
std::vector<Variable> split(const Variable& x, const Dims& sizes, int axis = 0);
/// `split` into at most `count` parts of equal size, the last one possibly smaller.
std::vector<Variable> chunk(const Variable& x, i64 count, int axis = 0);
/// x at every position along `axis`, which disappears; the cotangents are stacked again.
std::vector<Variable> unbind(const Variable& x, int axis = 0);
/// x laid side by side `counts[i]` times along axis i; the cotangents of the copies are added up.
Variable tile(const Variable& x, const Dims& counts);
/// Every element `count` times along `axis`; the cotangents of the copies are added up.
Variable repeat(const Variable& x, i64 count, int axis);
/// x framed by `value`; the cotangent is dy without the frame.
Variable pad(const Variable& x, const Dims& before, const Dims& after, Number value = 0);
/// \f$ y_{(i + s) \bmod n} = x_i \f$ along `axis`; the cotangent is rolled back by s.
Variable roll(const Variable& x, i64 shift, int axis);

}  // namespace cadena
