// Eigenvalues and singular values by hand: three classical iterations, in f64.
#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace cadena::tutorials {

/// The iterates \f$ x_0, x_1, \dots \f$ of \f$ x \leftarrow A x / \lVert A x \rVert \f$, each (n,), for a symmetric A.
std::vector<Tensor> power_iteration(const Tensor& a, const Tensor& start, int steps);

/// The matrices \f$ A_0, A_1, \dots \f$ of \f$ A_t = Q_t R_t \f$, \f$ A_{t+1} = R_t Q_t \f$ for a symmetric A.
std::vector<Tensor> qr_iteration(const Tensor& a, int steps);

/// The rotation (c, s) that makes the columns a and b orthogonal: \f$ (c a - s b)^\top (s a + c b) = 0 \f$, with an
/// angle of 45 degrees at most. Golub & Van Loan, "Matrix Computations", section 8.5.
struct Rotation {
  double c, s;
};
Rotation jacobi_rotation(const Tensor& a, const Tensor& b);

/// A thin SVD, values in falling order, and the largest cosine between two columns after each sweep.
struct JacobiSvd {
  Tensor u, s, v;  ///< (m, n), (n,), (n, n)
  std::vector<double> cosines;
};

/// The singular value decomposition of a tall A, (m, n) with m >= n, by one-sided Jacobi rotations: sweeps over all
/// pairs of columns until every cosine is below `tolerance`. A must have full column rank.
JacobiSvd jacobi_svd(const Tensor& a, double tolerance = 1e-15, int most_sweeps = 30);

}  // namespace cadena::tutorials
