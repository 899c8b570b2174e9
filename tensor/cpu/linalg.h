#pragma once

#include "tensor/base/view.h"

/// Decompositions and solves of batches of matrices, f32 or f64, by Eigen; every view has the same leading axes.
/// They throw LinalgError, naming the op and the matrix, where the result does not exist.
namespace cadena::cpu {

/// l l^T = (a + a^T) / 2.
void cholesky(const View& l, const View& a);

/// q r = a with r_ii >= 0: (m, n) -> (m, k), (k, n), k = min(m, n). Errors name `op`.
void qr(const char* op, const View& q, const View& r, const View& a);

/// a x = b by elimination: (n, n), (n, p) -> (n, p).
void solve(const View& x, const View& a, const View& b);

/// The same where only the lower (or upper) triangle of a is read.
void triangular_solve(const View& x, const View& a, const View& b, bool upper);

/// y = a^{-1}.
void inv(const View& y, const View& a);

/// The determinant, without leading axes' matrices: (…, n, n) -> (…).
void det(const View& y, const View& a);

/// Its sign (0 if singular) and the logarithm of its absolute value. Errors name `op`.
void slogdet(const char* op, const View& sign, const View& logabs, const View& a);

/// Throws LinalgError naming `op` if a column of the triangle r, (…, n, n), shows that the matrix it came from by qr
/// has linearly dependent columns.
void check_full_rank(const char* op, const View& r);

}  // namespace cadena::cpu
