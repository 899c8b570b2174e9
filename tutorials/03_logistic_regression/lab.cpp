// Lab 3: logistic regression, from the likelihood to a fitted and calibrated model. Six functions; each throws until it
// is written. Throughout, x is (n, d), f64, one sample a row, and its last column is all ones: the last weight is the
// intercept.
#include "lab.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/exponential.h"
#include "tensor/extremum.h"
#include "tensor/factories.h"
#include "tensor/indexing.h"
#include "tensor/linalg.h"
#include "tensor/matmul.h"
#include "tensor/reduce.h"
#include "tensor/rounding.h"
#include "tensor/views.h"

using namespace cadena;

namespace lab {

// Lab 3.1: the negative log-likelihood.
//
#if LAB_family_bernoulli
// y (n,) holds 0 and 1. A sample's natural parameter is z = w^T x, and its density exp(y z - A(z)) with
//   A(z) = ln(1 + e^z)                                                             (Bernoulli).
#elif LAB_family_poisson
// y (n,) holds counts 0, 1, 2 … A sample's natural parameter is z = w^T x, and its density exp(y z - A(z)) / y! with
//   A(z) = e^z                                                                     (Poisson).
#endif
// Return
#if LAB_loss_sum
//   sum_i (A(z_i) - y_i z_i).
#elif LAB_loss_mean
//   1/n sum_i (A(z_i) - y_i z_i).
#endif
#if LAB_family_bernoulli
// Scores of +-1000 are fine.
#elif LAB_family_poisson
// (The term ln y! does not depend on w and is left out.) Scores of -1000 are fine.
#endif
//
// APPROACH: the scores of all samples are one product of a matrix and a vector; the rest works on all at once.
//
// HINT 3.1: cadena::matmul(x, w) is (n,) for x (n, d) and w (d,).
#if LAB_family_bernoulli
// HINT 3.1: ln(1 + e^z) = max(z, 0) + ln(1 + e^-|z|), whose exponent is never positive: cadena::maximum, abs, log1p.
#endif
double loss(const Tensor& x, const Tensor& y, const Tensor& w) {
  // BEGIN SOLUTION 3.1
  const Tensor z = matmul(x, w);
#if LAB_family_bernoulli
  const Tensor a = maximum(z, zeros_like(z)) + log1p(exp(-abs(z)));
#elif LAB_family_poisson
  const Tensor a = exp(z);
#endif
#if LAB_loss_sum
  return sum(a - y * z).item();
#elif LAB_loss_mean
  return sum(a - y * z).item() / static_cast<double>(x.size(0));
#endif
  // END SOLUTION
}

// Lab 3.2: the gradient.
//
// Return the gradient of the loss of Lab 3.1 with respect to w, (d,), without automatic differentiation.
//
// APPROACH: dz_i/dw = x_i. What is A'(z)? It is the mean of y under the model.
//
#if LAB_family_bernoulli
// HINT 3.2: A'(z) = 1 / (1 + e^-z), which is right at both ends: e^1000 is infinite, and 1 over it is 0.
#elif LAB_family_poisson
// HINT 3.2: A'(z) = e^z.
#endif
// HINT 3.2: the error of each sample, weighed with its features: X^T (A'(z) - y), and the factor in front of the sum.
Tensor gradient(const Tensor& x, const Tensor& y, const Tensor& w) {
  // BEGIN SOLUTION 3.2
  const Tensor z = matmul(x, w);
#if LAB_family_bernoulli
  const Tensor mean = 1.0 / (1.0 + exp(-z));
#elif LAB_family_poisson
  const Tensor mean = exp(z);
#endif
#if LAB_loss_sum
  return matmul(transpose(x), mean - y);
#elif LAB_loss_mean
  return matmul(transpose(x), mean - y) / static_cast<double>(x.size(0));
#endif
  // END SOLUTION
}

// Lab 3.3: a step of Newton's method.
//
// The penalized loss is
//   L(w) = loss(w) + lambda/2 (w_1^2 + … + w_{d-1}^2):
// the intercept, the last weight, is free. Return w - H^-1 g, with gradient g and Hessian H of L at w.
//
// APPROACH: derive H from Lab 3.2: the errors change with w through A''(z), the variance of y under the model. Then
// solve one linear system; do not invert.
//
#if LAB_family_bernoulli
// HINT 3.3: H of the loss is X^T S X with S = diag(p_i (1 - p_i)), times the factor in front of the sum.
#elif LAB_family_poisson
// HINT 3.3: H of the loss is X^T S X with S = diag(e^{z_i}), times the factor in front of the sum.
#endif
// HINT 3.3: transpose(x) * s multiplies column i of X^T by s_i.
// HINT 3.3: the penalty adds lambda w to the gradient and lambda to the diagonal, but for the last.
Tensor newton_step(const Tensor& x, const Tensor& y, const Tensor& w, double lambda) {
  // BEGIN SOLUTION 3.3
  const i64 d = x.size(1);
  const Tensor penalty = copy(full({d}, lambda, Dtype::f64));
  penalty.mutable_data<double>()[d - 1] = 0;
  const Tensor z = matmul(x, w);
#if LAB_family_bernoulli
  const Tensor mean = 1.0 / (1.0 + exp(-z)), variance = mean * (1.0 - mean);
#elif LAB_family_poisson
  const Tensor mean = exp(z), variance = mean;
#endif
#if LAB_loss_sum
  const double factor = 1;
#elif LAB_loss_mean
  const double factor = 1 / static_cast<double>(x.size(0));
#endif
  const Tensor g = matmul(transpose(x), mean - y) * factor + penalty * w;
  const Tensor h = matmul(transpose(x) * variance, x) * factor + eye(d, d, Dtype::f64) * penalty;
  return w - solve(h, g);
  // END SOLUTION
}

// Lab 3.4: the fit.
//
// Return the minimizer of L of Lab 3.3 for lambda > 0, beginning at `start`: no entry of the gradient of L may be above
// 1e-8. Newton's step can be too long far from the minimum, because A'' is not constant; then L rises, or becomes
// infinite. Halve the step until L falls. (Armijo's condition, (3.18) of the chapter, asks for more and so guarantees
// convergence; you may ask for it, but the tests are content with less.)
//
// APPROACH: a loop: step = newton_step(…) - w; while L(w + t step) > L(w), halve t. Stop when the gradient is small, or
// when nothing lowers L any more.
//
// HINT 3.4: loss and gradient of Labs 3.1 and 3.2 are yours to call; add the penalty to both.
// HINT 3.4: write the condition such that NaN and infinity count as "not lower": !(L(w + t step) <= L(w)).
Tensor fit(const Tensor& x, const Tensor& y, double lambda, const Tensor& start) {
  // BEGIN SOLUTION 3.4
  const i64 d = x.size(1);
  const auto penalized = [&](const Tensor& w) {
    const Tensor weights = slice(w, 0, {.stop = d - 1});
    return loss(x, y, w) + 0.5 * lambda * sum(weights * weights).item();
  };
  Tensor w = start;
  for (int steps = 0; steps < 200; ++steps) {
    Tensor g = copy(gradient(x, y, w) + w * lambda);
    g.mutable_data<double>()[d - 1] -= lambda * w.at({d - 1});
    if (max(abs(g)).item() < 1e-10) break;
    const Tensor step = newton_step(x, y, w, lambda) - w;
    double t = 1;
    while (t > 1e-12 && !(penalized(w + step * t) <= penalized(w))) t /= 2;
    if (t <= 1e-12) break;
    w = w + step * t;
  }
  return w;
  // END SOLUTION
}

// Lab 3.5: more than two classes.
//
// labels (n,) holds class numbers 0 to K - 1, i64.
#if LAB_layout_rows
// w is (K, d), a row of weights for each class; the logits of sample x are w x.
#elif LAB_layout_columns
// w is (d, K), a column of weights for each class; the logits of sample x are w^T x.
#endif
// Return the gradient of  -sum_i ln softmax(logits_i)[labels_i]  with respect to w, in its shape. Logits of +-1000 are
// fine. (Always a sum; no penalty.)
//
// APPROACH: derive dL/dlogits, (n, K); it has the form of the error of Lab 3.2. Then the product with the features.
//
// HINT 3.5: P - Y, with Y the one-hot matrix of the labels: cadena::one_hot(labels, K, Dtype::f64).
// HINT 3.5: subtract the largest logit of each row before exp: cadena::max(logits, 1, true).
Tensor softmax_gradient(const Tensor& x, const Tensor& labels, const Tensor& w) {
  // BEGIN SOLUTION 3.5
#if LAB_layout_rows
  const Tensor logits = matmul(x, transpose(w));
  const Tensor hit = one_hot(labels, w.size(0), Dtype::f64);
#elif LAB_layout_columns
  const Tensor logits = matmul(x, w);
  const Tensor hit = one_hot(labels, w.size(1), Dtype::f64);
#endif
  const Tensor e = exp(logits - max(logits, 1, true));
  const Tensor error = e / sum(e, 1, true) - hit;
#if LAB_layout_rows
  return matmul(transpose(error), x);
#elif LAB_layout_columns
  return matmul(transpose(x), error);
#endif
  // END SOLUTION
}

// Lab 3.6: calibration.
//
// A model is calibrated if, among the samples to which it gives the probability p, the share p has y = 1. Sort the
// samples by p (n,) into `bins` bins of equal width, [0, 1/bins), [1/bins, 2/bins), …; the last one includes 1. With
// the mean of p and the mean of y in each bin,
#if LAB_norm_expected
// return  sum over bins of (share of all samples in the bin) * |mean of y - mean of p|.
#elif LAB_norm_largest
// return the largest |mean of y - mean of p| over the bins that hold a sample.
#endif
//
// APPROACH: one pass over the samples with three arrays: count, sum of p, sum of y.
//
// HINT 3.6: the bin is floor(p * bins), and bins - 1 where that is `bins`.
// HINT 3.6: a bin without samples has no mean, and counts for nothing.
double calibration_error(const Tensor& p, const Tensor& y, int bins) {
  // BEGIN SOLUTION 3.6
  const std::vector<double> ps = p.to_vector(), ys = y.to_vector();
  std::vector<double> count(static_cast<std::size_t>(bins)), sum_p(count), sum_y(count);
  for (std::size_t i = 0; i < ps.size(); ++i) {
    const auto bin = static_cast<std::size_t>(std::min(bins - 1, static_cast<int>(ps[i] * bins)));
    ++count[bin];
    sum_p[bin] += ps[i];
    sum_y[bin] += ys[i];
  }
  double error = 0;
  for (std::size_t b = 0; b < count.size(); ++b) {
#if LAB_norm_expected
    error += std::abs(sum_y[b] - sum_p[b]) / static_cast<double>(ps.size());
#elif LAB_norm_largest
    if (count[b] > 0) error = std::max(error, std::abs(sum_y[b] - sum_p[b]) / count[b]);
#endif
  }
  return error;
  // END SOLUTION
}

}  // namespace lab
