#pragma once

#include "tensor/base/view.h"

/// Eigenvalues and singular values of batches of matrices, f32 or f64, by Eigen and in f64 (see decompose.h); every
/// view has the same leading axes. They throw LinalgError, naming the op and the matrix, for NaN and infinities and
/// where the iteration does not converge.
namespace cadena::cpu {

/// (a + a^T) / 2 = v diag(values) v^T, ascending; the component of largest magnitude of each column of v is positive.
void eigh(const View& values, const View& v, const View& a);

/// The values alone.
void eigvalsh(const View& values, const View& a);

/// a = u diag(s) vt, descending: (m, n) -> (m, k), (k,), (k, n); the component of largest magnitude of each column of u
/// is positive.
void svd(const View& u, const View& s, const View& vt, const View& a);

/// The singular values alone.
void svdvals(const View& s, const View& a);

/// y = v diag(1/s) u^T over the singular values above `rcond` times the largest: (m, n) -> (n, m).
void pinv(const View& y, const View& a, double rcond);

/// mask[i, j] = 1 where i == j or values i and j of a row are equal to working precision (distance at most n eps times
/// the largest magnitude), 0 elsewhere: (…, n) -> (…, n, n). Throws LinalgError naming `op` if, for such a pair i != j,
/// w[i, j] or w[j, i] is not 0.
void repeated(const char* op, const View& mask, const View& values, const View& w);

/// mask[0, j] = 1 where value j of a row is at most n eps times the largest, 0 elsewhere: (…, n) -> (…, 1, n). Throws
/// LinalgError naming `op` if column j of x, (…, m, n), is then not 0.
void vanishing(const char* op, const View& mask, const View& values, const View& x);

}  // namespace cadena::cpu
