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

/// \f$ X = A^{-1} B \f$: \f$ \bar B = A^{-T} \bar X \f$ and \f$ \bar A = -\bar B X^T \f$.
Variable solve(const Variable& a, const Variable& b);

/// `solve` where A is the lower (or upper) triangle of `a`; the gradient with respect to the rest of `a` is 0.
Variable triangular_solve(const Variable& a, const Variable& b, bool upper = false);

/// The X of least \f$ \lVert A X - B \rVert \f$ (m >= n), or of least norm among the solutions (m < n), for A of full
/// rank.
Variable lstsq(const Variable& a, const Variable& b);

/// \f$ Y = A^{-1} \f$: \f$ \bar A = -Y^T \bar Y Y^T \f$.
Variable inv(const Variable& a);

/// \f$ y = \det A \f$: \f$ \bar A = \bar y\, C \f$ with the cofactors C, right for singular matrices too.
Variable det(const Variable& a);

/// The sign is constant wherever it has a derivative.
std::array<Variable, 2> slogdet(const Variable& a);

/// \f$ y = \ln \det A \f$: \f$ \bar A = \bar y\, A^{-T} \f$; NaN where the determinant is negative.
Variable logdet(const Variable& a);

}  // namespace cadena
