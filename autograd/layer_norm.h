#pragma once

#include "autograd/variable.h"

namespace cadena {

/// Differentiable normalizations of rows, with the conventions of `tensor/layer_norm.h`. A weight or bias that is not
/// defined is left out.

/// \f$ y = w (x - \bar x) / \sqrt{v + \epsilon} + b \f$ over the last axis.
Variable layer_norm(const Variable& x, const Variable& weight = {}, const Variable& bias = {}, double eps = 1e-5);

/// \f$ y = w\, x / \sqrt{\overline{x^2} + \epsilon} \f$ over the last axis.
Variable rms_norm(const Variable& x, const Variable& weight = {}, double eps = 1e-6);

}  // namespace cadena
