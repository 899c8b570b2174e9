#pragma once

#include <array>

#include "autograd/variable.h"

namespace cadena {

/// Differentiable forms of `tensor/spectral.h`, with its shapes, dtypes and errors.
///
/// Vectors are determined by the matrix only where their values differ. Where two values are equal to working
/// precision, the derivative of a function of their vectors, \f$ V g(\Lambda) V^T \f$ say, contains the limit \f$
/// (g(\lambda_j) - g(\lambda_i)) / (\lambda_j - \lambda_i) \to g'(\lambda) \f$, which no cotangent of V tells. So the
/// rule throws LinalgError if the cotangent (or, forward, the tangent of A) mixes the two, and is exact if it does not:
/// the gradient of one vector whose value is simple is defined though others repeat. `eigvalsh` and `svdvals` take any
/// values; for repeated ones their gradient, \f$ V \mathrm{diag}(u) V^T \f$, is the derivative of every function that
/// does not tell the equal values apart, and an element of Clarke's subdifferential of the others.

/// Values and vectors of the symmetric part of A, so the gradient with respect to A is symmetric.
std::array<Variable, 2> eigh(const Variable& a);
/// The values of `eigh` alone, (…, n), ascending: \f$ \bar A = V \mathrm{diag}(\bar\lambda)\, V^T \f$.
Variable eigvalsh(const Variable& a);

/// For m != n also the singular values 0 count as repeated: their vectors on the longer side are not unique.
std::array<Variable, 3> svd(const Variable& a);
/// The values of `svd` alone, (…, k), descending: \f$ \bar A = U \mathrm{diag}(\bar s)\, V^T \f$.
Variable svdvals(const Variable& a);

/// The derivative holds where the rank is locally constant; where it is not, \f$ A^+ \f$ is not continuous.
Variable pinv(const Variable& a, double rcond = -1);

}  // namespace cadena
