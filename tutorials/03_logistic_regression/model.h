// Logistic regression with a ridge penalty and an unpenalized intercept, fitted by Newton's method.
#pragma once

#include <vector>

#include "cadena.h"

namespace cadena::tutorials {

/// Samples with a column of ones appended, labels 0 and 1, and the penalty \f$ \lambda \f$ of all weights but the last.
struct LogisticRegression {
  Tensor x;        ///< (n, d + 1), f64, last column 1
  Tensor y;        ///< (n,), f64
  Tensor penalty;  ///< (d + 1,), lambda, …, lambda, 0

  /// \f$ L(w) = \sum_i (A(z_i) - y_i z_i) + \frac12 \sum_a \lambda_a w_a^2 \f$ with \f$ z = X w \f$.
  Variable operator()(const Variable& w) const {
    const Variable z = matmul(Variable(x), w);
    return sum(softplus(z) - Variable(y) * z) + 0.5 * sum(Variable(penalty) * square(w));
  }
  double operator()(const Tensor& w) const { return (*this)(Variable(w)).item(); }

  Tensor probabilities(const Tensor& w) const { return sigmoid(matmul(x, w)); }
};

/// The model of a data set with two classes: features in f64 as they are, an intercept, and one lambda.
LogisticRegression logistic_regression(const Dataset& data, double lambda);

/// \f$ X^\top (p - y) + \lambda w \f$
Tensor gradient(const LogisticRegression& model, const Tensor& w);

/// \f$ X^\top S X + \lambda I \f$
Tensor curvature(const LogisticRegression& model, const Tensor& w);

/// The weights after each step of Newton's method from `start`, until the gradient is below `tolerance` or for `steps`
/// steps. A step is halved until it meets Armijo's condition, up to the rounding of the loss.
std::vector<Tensor> newton(const LogisticRegression& model, const Tensor& start, double tolerance = 1e-10,
                           int steps = 100);

/// The minimizer of a penalized model.
Tensor fit(const LogisticRegression& model);

/// \f$ \min_i (2 y_i - 1)\, w^\top x_i \f$: above 0 exactly if the plane of w separates the classes.
double separate(const LogisticRegression& model, const Tensor& w);

/// Weights (d, K) and intercepts (K,) of softmax regression.
struct SoftmaxFit {
  Tensor w, b;
};

/// The minimizer of \f$ \ell(W, b) + \frac{\lambda}{2} \lVert W \rVert^2 \f$ by L-BFGS.
SoftmaxFit fit_softmax(const Dataset& data, i64 classes, double lambda);

/// The likeliest class of each row of x, (n, d) -> (n,).
Tensor predict(const SoftmaxFit& fit, const Tensor& x);

/// Part k of five: sample i is tested on where i mod 5 = k. Features are flattened to f64 and standardized by the
/// training part.
Split fold(const Dataset& data, i64 k);

/// How many samples are classified right when each is in the part that was not trained on, with the penalty
/// \f$ \lambda = 1/C \f$: Newton's method for two classes, L-BFGS for more.
i64 right_in_five_folds(const Dataset& data, double C);

/// The data set with rows flattened to f64 vectors of mean 0 and deviation 1 in each feature that varies.
Dataset standardized(const Dataset& data);

}  // namespace cadena::tutorials
