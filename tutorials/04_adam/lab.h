#pragma once

#include <functional>
#include <vector>

#include "tensor/tensor.h"

namespace lab {

using cadena::Tensor;

/// The gradient of a loss at some weights, of their shape.
using Gradient = std::function<Tensor(const Tensor&)>;

/// Lab 4.1: the best constants for a quadratic whose curvatures lie between m and L.
std::vector<double> best_constants(double m, double L);

/// Lab 4.2: the weights after some steps of gradient descent with momentum.
Tensor momentum_descent(const Gradient& gradient, const Tensor& start, double rate, double mu, int steps);

/// Lab 4.3: the weights after some steps with a rate for each coordinate.
Tensor scaled_descent(const Gradient& gradient, const Tensor& start, double rate, int steps);

/// Lab 4.4: moving averages of gradients, corrected for their start.
Tensor corrected_averages(const Tensor& gradients, double beta);

/// Lab 4.5: the weights after some steps of Adam.
Tensor moment_descent(const Gradient& gradient, const Tensor& start, double rate, int steps);

/// Lab 4.6: the same with a decay of the weights.
Tensor decayed_descent(const Gradient& gradient, const Tensor& start, double rate, double decay, int steps);

/// Lab 4.7: the learning rate of a step.
double rate_at(int step, int steps, int warmup, double peak);

}  // namespace lab
