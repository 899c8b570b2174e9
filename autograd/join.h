#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "autograd/variable.h"
#include "tensor/join.h"

namespace cadena {

/// Differentiable forms of `tensor/join.h`.

Variable concat(std::span<const Variable> parts, int axis = 0);
Variable concat(std::initializer_list<Variable> parts, int axis = 0);
Variable stack(std::span<const Variable> parts, int axis = 0);
Variable stack(std::initializer_list<Variable> parts, int axis = 0);
std::vector<Variable> split(const Variable& x, const Dims& sizes, int axis = 0);
std::vector<Variable> chunk(const Variable& x, i64 count, int axis = 0);
std::vector<Variable> unbind(const Variable& x, int axis = 0);
Variable tile(const Variable& x, const Dims& counts);
Variable repeat(const Variable& x, i64 count, int axis);
Variable pad(const Variable& x, const Dims& before, const Dims& after, Number value = 0);
Variable roll(const Variable& x, i64 shift, int axis);

}  // namespace cadena
