#pragma once

#include <array>
#include <utility>

#include "tensor/tensor.h"

namespace lab {

using cadena::i64;
using cadena::Tensor;

/// Lab 2.1: the covariance matrix of samples.
Tensor covariance(const Tensor& x);

/// Lab 2.2: an eigenvalue and its vector by iteration.
std::pair<double, Tensor> eigenpair(const Tensor& a, const Tensor& start, int steps);

/// Lab 2.3: all eigenvalues by QR iteration.
Tensor eigenvalues(const Tensor& a, int steps);

/// Lab 2.4: the rotation that makes two columns orthogonal.
std::array<double, 2> rotation(const Tensor& a, const Tensor& b);

/// Lab 2.5: singular values by one-sided Jacobi rotations.
Tensor singular_values(const Tensor& a);

/// Lab 2.6: samples in terms of their principal components.
Tensor transformed(const Tensor& x, i64 k);

/// Lab 2.7: two thin factors for a matrix.
std::array<Tensor, 2> compressed(const Tensor& w, i64 k);

/// Lab 2.8: the gradient of a function of eigenvalues.
Tensor spectral_gradient(const Tensor& a);

}  // namespace lab
