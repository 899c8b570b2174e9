#pragma once

#include <array>

#include "autograd/variable.h"

namespace cadena {

/// Differentiable forms of `tensor/linalg.h`, with its shapes, dtypes and errors. A derivative exists wherever the
/// matrix is regular, or has full rank for qr and lstsq; elsewhere the rule throws LinalgError, as the solve inside it
/// does.

/// The derivative is that of the symmetric part: the gradient with respect to A is symmetric.
Variable cholesky(const Variable& a);

/// For a wide matrix, m < n, the rows beyond the leading square block are a product with \f$ Q^T \f$.
std::array<Variable, 2> qr(const Variable& a);

Variable solve(const Variable& a, const Variable& b);

Variable triangular_solve(const Variable& a, const Variable& b, bool upper = false);

Variable lstsq(const Variable& a, const Variable& b);

Variable inv(const Variable& a);

Variable det(const Variable& a);

/// The sign is constant wherever it has a derivative.
std::array<Variable, 2> slogdet(const Variable& a);

Variable logdet(const Variable& a);

}  // namespace cadena
