#pragma once

#include "autograd/variable.h"
#include "tensor/triangular.h"

namespace cadena {

/// Differentiable forms of `tensor/triangular.h`: linear maps, of which the triangles are their own adjoints.

/// \f$ y_{ij} = x_{ij} \f$ where \f$ j \le i + k \f$ for the diagonal k, 0 elsewhere; the cotangent is dy's lower
/// triangle.
Variable tril(const Variable& x, i64 diagonal = 0);
/// \f$ y_{ij} = x_{ij} \f$ where \f$ j \ge i + k \f$, 0 elsewhere; the cotangent is dy's upper triangle.
Variable triu(const Variable& x, i64 diagonal = 0);
/// Square matrices with the last axis of x on a diagonal; the cotangent is `diagonal` of dy.
Variable diag_embed(const Variable& x, i64 offset = 0);

}  // namespace cadena
