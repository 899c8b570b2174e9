#pragma once

#include "tensor/tensor.h"

namespace cadena {

/// The derivative of the determinant, \f$ c_{ij} = \partial \det A / \partial a_{ij} \f$, which is the transposed
/// adjugate and the determinant times \f$ A^{-T} \f$ where that exists: (…, n, n) -> (…, n, n). It is right for every
/// rank: of rank one for rank n - 1, zero below. From the singular values, in f64. Throws ShapeError unless A is
/// square, LinalgError for NaN or infinite entries.
Tensor cofactor(const Tensor& a);

/// The derivative of the cofactors of A along X, \f$ \sum_{kl} x_{kl}\, \partial c_{ij} / \partial a_{kl} \f$, for
/// every rank: linear in X and, being a second derivative, symmetric. (…, n, n), (…, n, n) -> (…, n, n), of one dtype.
/// Throws as `cofactor` does.
Tensor cofactor_derivative(const Tensor& a, const Tensor& x);

}  // namespace cadena
