#pragma once

#include "autograd/variable.h"
#include "tensor/triangular.h"

namespace cadena {

/// Differentiable forms of `tensor/triangular.h`: linear maps, of which the triangles are their own adjoints.

Variable tril(const Variable& x, i64 diagonal = 0);
Variable triu(const Variable& x, i64 diagonal = 0);
Variable diag_embed(const Variable& x, i64 offset = 0);

}  // namespace cadena
