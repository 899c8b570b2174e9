#pragma once

#include "autograd/variable.h"
#include "tensor/batch_norm.h"

namespace cadena {

/// Differentiable normalizations of channels, with the conventions of `tensor/batch_norm.h`. A weight or bias that is
/// not defined is left out.

/// \f$ y = w_c (x - \bar x_c) / \sqrt{v_c + \epsilon} + b_c \f$ for each channel of x (N, C, …) over the batch. The
/// statistics are constant.
BatchNormalized<Variable> batch_norm(const Variable& x, const Variable& weight = {}, const Variable& bias = {},
                                     double eps = 1e-5);

/// The channels of x (N, C, …) normalized in groups, then scaled and shifted by channel.
Variable group_norm(const Variable& x, i64 groups, const Variable& weight = {}, const Variable& bias = {},
                    double eps = 1e-5);

}  // namespace cadena
