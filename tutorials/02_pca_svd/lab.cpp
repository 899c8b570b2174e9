// Lab 2: principal components and singular values, from the covariance to the derivative of a function of eigenvalues.
// Eight functions; each throws until it is written. All tensors are f64.
#include "lab.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/exponential.h"
#include "tensor/factories.h"
#include "tensor/join.h"
#include "tensor/linalg.h"
#include "tensor/matmul.h"
#include "tensor/norm.h"
#include "tensor/power.h"
#include "tensor/reduce.h"
#include "tensor/sort.h"
#include "tensor/spectral.h"
#include "tensor/triangular.h"
#include "tensor/views.h"

using namespace cadena;

namespace lab {

// Lab 2.1: covariance.
//
// x (n, d), one sample a row. Subtract from each column its mean; with the centred matrix X return the (d, d) matrix
#if LAB_norm_sample
//   C = X^T X / (n - 1)                                              (of a sample).
#elif LAB_norm_population
//   C = X^T X / n                                                    (of a whole population).
#endif
//
// APPROACH: two lines: the means of the columns, one product.
//
// HINT 2.1: cadena::mean(x, 0, true) has the shape (1, d), and broadcasts.
Tensor covariance(const Tensor& x) {
  // BEGIN SOLUTION 2.1
  const Tensor centred = x - mean(x, 0, true);
#if LAB_norm_sample
  return matmul(transpose(centred), centred) / static_cast<double>(x.size(0) - 1);
#elif LAB_norm_population
  return matmul(transpose(centred), centred) / static_cast<double>(x.size(0));
#endif
  // END SOLUTION
}

// Lab 2.2: an eigenpair by iteration.
//
// a (n, n) is symmetric, start (n,) any vector.
#if LAB_iteration_power
// Power iteration: x <- a x / |a x|, `steps` times, tends to the eigenvector whose eigenvalue has the largest absolute
// value.
#elif LAB_iteration_inverse
// Inverse iteration: x <- y / |y| where a y = x, `steps` times, tends to the eigenvector whose eigenvalue has the least
// absolute value. Solve a system in each step; do not invert.
#endif
// Return the eigenvalue as the Rayleigh quotient x^T a x of the last x, and x, of length 1.
//
// APPROACH: a loop. Normalize in every step, or the numbers overflow.
//
// HINT 2.2: matmul(x, y) of two vectors is their inner product; cadena::norm(x) is the length.
// HINT 2.2: after the loop: value = matmul(x, matmul(a, x)).item().
std::pair<double, Tensor> eigenpair(const Tensor& a, const Tensor& start, int steps) {
  // BEGIN SOLUTION 2.2
  Tensor x = start / norm(start);
  for (int t = 0; t < steps; ++t) {
#if LAB_iteration_power
    const Tensor y = matmul(a, x);
#elif LAB_iteration_inverse
    const Tensor y = solve(a, x);
#endif
    x = y / norm(y);
  }
  return {matmul(x, matmul(a, x)).item(), x};
  // END SOLUTION
}

// Lab 2.3: all eigenvalues at once.
//
// QR iteration for a symmetric a (n, n): factor a = q r with q orthogonal and r upper triangular, and replace a by r q;
// repeat `steps` times. The diagonal tends to the eigenvalues. Return them (n,), the largest first.
//
// APPROACH: cadena::qr(a) returns q and r. Then the diagonal, sorted.
//
// HINT 2.3: r q = q^T a q: the same eigenvalues in another basis. q r would be a again.
// HINT 2.3: cadena::diagonal, and cadena::sort with `descending`, or sort a std::vector.
Tensor eigenvalues(const Tensor& a, int steps) {
  // BEGIN SOLUTION 2.3
  Tensor now = a;
  for (int t = 0; t < steps; ++t) {
    const auto [q, r] = qr(now);
    now = matmul(r, q);
  }
  std::vector<double> values;
  for (i64 i = 0; i < a.size(0); ++i) values.push_back(now.at({i, i}));
  std::sort(values.rbegin(), values.rend());
  return from_values(std::span<const double>(values), {a.size(0)}, Dtype::f64);
  // END SOLUTION
}

// Lab 2.4: a rotation.
//
// a and b (n,) are two columns. Return {c, s} with c^2 + s^2 = 1, |s| <= c (45 degrees at most), such that
//   c a - s b   and   s a + c b   are orthogonal.
// Where a and b are orthogonal already, return {1, 0}.
//
// APPROACH: multiply the condition out. With alpha = a^T a, beta = b^T b, gamma = a^T b and t = s / c it becomes
// t^2 + 2 zeta t - 1 = 0, where zeta = (beta - alpha) / (2 gamma). Of its two roots take the smaller in absolute value,
// by a formula that does not cancel.
//
// HINT 2.4: t = sign(zeta) / (|zeta| + sqrt(1 + zeta^2)), with sign(0) = 1; then c = 1 / sqrt(1 + t^2), s = c t.
// HINT 2.4: std::copysign(1.0, zeta) is the sign.
std::array<double, 2> rotation(const Tensor& a, const Tensor& b) {
  // BEGIN SOLUTION 2.4
  const double alpha = matmul(a, a).item(), beta = matmul(b, b).item(), gamma = matmul(a, b).item();
  if (gamma == 0) return {1, 0};
  const double zeta = (beta - alpha) / (2 * gamma);
  const double t = std::copysign(1.0, zeta) / (std::abs(zeta) + std::sqrt(1 + zeta * zeta));
  const double c = 1 / std::sqrt(1 + t * t);
  return {c, c * t};
  // END SOLUTION
}

// Lab 2.5: singular values.
//
// a (m, n), m >= n, of full column rank. Rotate every pair of columns by Lab 2.4; repeat until all are orthogonal to
// 1e-14 of the product of their lengths. The lengths of the columns are then the singular values. Return them (n,), the
// largest first. Do not form a^T a: it squares them, and those below 1e-8 of the largest are lost.
//
// APPROACH: keep the columns in a std::vector<Tensor>; two loops over pairs; a sweep is over when all pairs were met.
//
// HINT 2.5: cadena::unbind(transpose(a), 0) gives the columns.
// HINT 2.5: ten sweeps are enough for any matrix of this lab; stop when none of the pairs needed a rotation.
Tensor singular_values(const Tensor& a) {
  // BEGIN SOLUTION 2.5
  std::vector<Tensor> columns = unbind(transpose(a), 0);
  bool moved = true;
  for (int sweep = 0; moved && sweep < 30; ++sweep) {
    moved = false;
    for (std::size_t p = 0; p < columns.size(); ++p) {
      for (std::size_t q = p + 1; q < columns.size(); ++q) {
        const Tensor x = columns[p], y = columns[q];
        if (std::abs(matmul(x, y).item()) <= 1e-15 * norm(x).item() * norm(y).item()) continue;
        const auto [c, s] = rotation(x, y);
        columns[p] = x * c - y * s;
        columns[q] = x * s + y * c;
        moved = true;
      }
    }
  }
  std::vector<double> values;
  for (const Tensor& column : columns) values.push_back(norm(column).item());
  std::sort(values.rbegin(), values.rend());
  return from_values(std::span<const double>(values), {a.size(1)}, Dtype::f64);
  // END SOLUTION
}

// Lab 2.6: in terms of the components.
//
// x (n, d). With the means of the columns and the principal components v_1, v_2, … (eigenvectors of the covariance with
// n - 1, the largest variance first):
#if LAB_output_reconstruction
// return the reconstruction from the first k components, (n, d): the projection of the centred samples on v_1 … v_k,
// and the mean again.
#elif LAB_output_whitened
// return the whitened samples (n, d) that are nearest to the centred ones, X C^(-1/2) with C the covariance in the
// space of the first k components; what lies in the other components is left out.
#endif
//
// APPROACH: cadena::eigh (values rising, vectors in columns) or cadena::svd (values falling) are yours to use here.
//
// HINT 2.6: the signs of the vectors do not matter if each vector appears twice: V V^T.
#if LAB_output_whitened
// HINT 2.6: C^(-1/2) = sum over the first k of v_i v_i^T / sqrt(lambda_i).
#endif
Tensor transformed(const Tensor& x, i64 k) {
  // BEGIN SOLUTION 2.6
  const Tensor centre = mean(x, 0, true), centred = x - centre;
  const auto [u, s, vt] = svd(centred);
  const Tensor v = slice(vt, 0, {.stop = k});
#if LAB_output_reconstruction
  return matmul(matmul(centred, transpose(v)), v) + centre;
#elif LAB_output_whitened
  const Tensor deviation = slice(s, 0, {.stop = k}) / std::sqrt(static_cast<double>(x.size(0) - 1));
  return matmul(matmul(centred, transpose(v)) / deviation, v);
#endif
  // END SOLUTION
}

// Lab 2.7: a smaller layer.
//
// w (m, n). Return two factors, (m, k) and (k, n), whose product is as near to w as any matrix of rank k can be, in the
// Frobenius norm.
//
// APPROACH: Eckart and Young. cadena::svd is yours to use.
//
// HINT 2.7: keep the first k columns of U, values, rows of V^T; multiply the values into one of the factors.
std::array<Tensor, 2> compressed(const Tensor& w, i64 k) {
  // BEGIN SOLUTION 2.7
  const auto [u, s, vt] = svd(w);
  return {slice(u, 1, {.stop = k}) * slice(s, 0, {.stop = k}), slice(vt, 0, {.stop = k})};
  // END SOLUTION
}

// Lab 2.8: the gradient of a function of eigenvalues.
//
// a (n, n) is symmetric and positive definite, with eigenvalues lambda_i, which may repeat.
#if LAB_function_exp
// phi(a) = sum_i e^lambda_i.
#elif LAB_function_log
// phi(a) = sum_i ln lambda_i.
#endif
// Return its gradient with respect to a, (n, n): the symmetric G with d phi = <G, da>.
//
// APPROACH: d lambda_i = v_i^T da v_i, so d phi = sum_i f'(lambda_i) v_i^T da v_i. No difference of eigenvalues is
// divided by, so repeated ones do no harm.
//
// HINT 2.8: G = V diag(f'(lambda)) V^T with V from cadena::eigh; V * f multiplies the columns.
Tensor spectral_gradient(const Tensor& a) {
  // BEGIN SOLUTION 2.8
  const auto [values, v] = eigh(a);
#if LAB_function_exp
  const Tensor slope = exp(values);
#elif LAB_function_log
  const Tensor slope = 1.0 / values;
#endif
  return matmul(v * slope, transpose(v));
  // END SOLUTION
}

}  // namespace lab
