#pragma once

#include <array>

#include "tensor/tensor.h"

namespace cadena {

/// Linear algebra over the last two axes of batches of matrices, (…, m, n). f16 and bf16 are computed in f32 and
/// rounded once; integers become f32. All throw ShapeError for ranks and extents that do not fit, and LinalgError,
/// naming the op and the first such matrix of the batch, for NaN or infinite entries of a matrix that is decomposed and
/// where the result does not exist. NaN in a right-hand side, or in a triangle, is passed on.

/// The lower triangle L with positive diagonal and \f$ L L^T = \frac12 (A + A^T) \f$: (…, n, n) -> (…, n, n). Taking
/// the symmetric part makes the derivative with respect to every entry of A well defined (symmetric input is left as it
/// is). Throws LinalgError unless it is positive definite.
Tensor cholesky(const Tensor& a);

/// \f$ A = Q R \f$ with orthonormal columns in Q, (…, m, k), and an upper triangle R, (…, k, n), whose diagonal is not
/// negative, k = min(m, n), by Householder reflections. For full rank this choice of signs makes Q and R unique.
std::array<Tensor, 2> qr(const Tensor& a);

/// The X with \f$ A X = B \f$: (…, n, n), (…, n, p) -> (…, n, p), or (n,) for a vector b; leading axes broadcast. By LU
/// with partial pivoting. Throws LinalgError if A is singular: a pivot is below the rounding error of its own sum.
Tensor solve(const Tensor& a, const Tensor& b);

/// The same where A is the lower (or upper) triangle of `a`; the rest of `a` is not read. Throws LinalgError for a zero
/// on the diagonal.
Tensor triangular_solve(const Tensor& a, const Tensor& b, bool upper = false);

/// The X of least \f$ \lVert A X - B \rVert \f$ for m >= n, and of least \f$ \lVert X \rVert \f$ among the solutions
/// for m < n: (…, m, n), (…, m, p) -> (…, n, p), or (n,) for a vector b. By QR. Throws LinalgError unless A has full
/// rank.
Tensor lstsq(const Tensor& a, const Tensor& b);

/// \f$ A^{-1} \f$: (…, n, n) -> (…, n, n). Throws LinalgError if A is singular, as `solve` does.
Tensor inv(const Tensor& a);

/// \f$ \det A \f$: (…, n, n) -> (…).
Tensor det(const Tensor& a);

/// The sign of \f$ \det A \f$ (0 if it is 0) and \f$ \ln |\det A| \f$, which neither overflows nor underflows.
std::array<Tensor, 2> slogdet(const Tensor& a);

/// \f$ \ln \det A \f$: NaN where the determinant is negative, minus infinity where it is 0.
Tensor logdet(const Tensor& a);

/// Throws LinalgError naming `op` if r, the triangle that `qr` returned, (…, n, n), shows that the matrix has linearly
/// dependent columns: an \f$ |r_{kk}| \f$ below the rounding error of its column.
void check_full_rank(const char* op, const Tensor& r);

}  // namespace cadena
