#pragma once

#include "autograd/variable.h"

namespace cadena {

/// Differentiable normalizations of channels, with the conventions of `tensor/batch_norm.h`. A weight or bias that is
/// not defined is left out.

/// A normalized batch and the statistics of its channels, (C,), which are constant: what running averages take.
struct BatchNormalized {
  Variable y;   ///< of the shape of x
  Tensor mean;  ///< \f$ \bar x_c \f$
  Tensor rstd;  ///< \f$ 1 / \sqrt{v_c + \epsilon} \f$
};

/// \f$ y = w_c (x - \bar x_c) / \sqrt{v_c + \epsilon} + b_c \f$ for each channel of x (N, C, …) over the batch.
BatchNormalized batch_norm(const Variable& x, const Variable& weight = {}, const Variable& bias = {},
                           double eps = 1e-5);

/// The channels of x (N, C, …) normalized in groups, then scaled and shifted by channel.
Variable group_norm(const Variable& x, i64 groups, const Variable& weight = {}, const Variable& bias = {},
                    double eps = 1e-5);

}  // namespace cadena
