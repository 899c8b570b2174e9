#pragma once

#include <array>

#include "tensor/tensor.h"

namespace cadena {

/// Eigenvalues and singular values over the last two axes of batches of matrices. All are computed in f64 and
/// rounded once; integers become f32. All throw ShapeError unless there are matrices, and LinalgError, naming the op
/// and the first such matrix of the batch, for NaN or infinite entries and where the iteration does not converge.

/// \f$ \frac12 (A + A^T) = V \,\mathrm{diag}(\lambda)\, V^T \f$: (…, n, n) -> values (…, n), ascending, and vectors
/// (…, n, n), one a column. Signs: the component of largest magnitude of each vector is positive (the first such).
std::array<Tensor, 2> eigh(const Tensor& a);

/// The values of `eigh` alone, which is cheaper.
Tensor eigvalsh(const Tensor& a);

/// The thin decomposition \f$ A = U \,\mathrm{diag}(s)\, V^T \f$: (…, m, n) -> U (…, m, k), s (…, k), descending, and
/// V^T (…, k, n), k = min(m, n). Signs: the component of largest magnitude of each column of U is positive.
std::array<Tensor, 3> svd(const Tensor& a);

/// The values of `svd` alone, which is cheaper.
Tensor svdvals(const Tensor& a);

/// The Moore-Penrose inverse \f$ A^+ = V \,\mathrm{diag}(1/s)\, U^T \f$: (…, m, n) -> (…, n, m). Singular values not
/// above `rcond` times the largest count as zero; by default, and where it is negative, max(m, n) times the epsilon of
/// f64 for f64, of f32 otherwise. Throws ValueError if it is NaN.
Tensor pinv(const Tensor& a, double rcond = -1);

/// Which pairs of values, (…, n), are equal to working precision, as 1 and 0: (…, n, n), with ones on the diagonal. The
/// divided differences of derivatives leave these pairs out, so it throws LinalgError naming `op` if one of them, i !=
/// j, has a weight w[…, i, j] other than 0.
Tensor repeated(const char* op, const Tensor& values, const Tensor& w);

/// Which singular values, (…, n), are 0 to working precision, as 1 and 0: (…, 1, n). The rules divide column j of x,
/// (…, m, n), by value j, so it throws LinalgError naming `op` if such a column is not 0.
Tensor vanishing(const char* op, const Tensor& values, const Tensor& x);

}  // namespace cadena
