#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "autograd/variable.h"
#include "tensor/einsum.h"

namespace cadena {

/// Differentiable form of `tensor/einsum.h`, composed of diagonal, permute, reshape, sum_to, mul and matmul.
Variable einsum(std::string_view equation, std::span<const Variable> operands);
Variable einsum(std::string_view equation, std::initializer_list<Variable> operands);

}  // namespace cadena
