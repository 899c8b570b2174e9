#pragma once

#include "tensor/tensor.h"

namespace lab {

using cadena::Tensor;

/// Lab 3.1: the negative log-likelihood of a generalized linear model.
double loss(const Tensor& x, const Tensor& y, const Tensor& w);

/// Lab 3.2: its gradient with respect to the weights.
Tensor gradient(const Tensor& x, const Tensor& y, const Tensor& w);

/// Lab 3.3: the weights after one step of Newton's method on the penalized loss.
Tensor newton_step(const Tensor& x, const Tensor& y, const Tensor& w, double lambda);

/// Lab 3.4: the minimizer of the penalized loss.
Tensor fit(const Tensor& x, const Tensor& y, double lambda, const Tensor& start);

/// Lab 3.5: the gradient of softmax regression.
Tensor softmax_gradient(const Tensor& x, const Tensor& labels, const Tensor& w);

/// Lab 3.6: how far probabilities are from frequencies.
double calibration_error(const Tensor& p, const Tensor& y, int bins);

}  // namespace lab
