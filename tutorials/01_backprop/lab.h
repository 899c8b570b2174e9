#pragma once

#include <functional>
#include <vector>

#include "tensor/tensor.h"

namespace lab {

using cadena::Shape;
using cadena::Tensor;

/// The operations of the scalar engine. `activation` is the function that Lab 1.1 names.
enum class Op { add, sub, mul, div, exp, log, activation };

/// Lab 1.1: the vector-Jacobian product of one scalar operation.
std::vector<double> scalar_vjp(Op op, const std::vector<double>& inputs, double output, double cotangent);

/// Lab 1.2: the order in which the nodes of a graph are visited by the backward pass.
std::vector<int> backward_order(const std::vector<std::vector<int>>& inputs, int root);

/// Lab 1.3: the cotangents of both factors of a matrix product.
std::pair<Tensor, Tensor> matmul_vjp(const Tensor& x, const Tensor& w, const Tensor& dy);

/// Lab 1.4: the adjoint of broadcasting.
Tensor reduce_to(const Tensor& dy, const Shape& shape);

/// Lab 1.5: the gradient of softmax followed by cross-entropy.
Tensor loss_vjp(const Tensor& logits, const Tensor& targets, double cotangent);

/// Lab 1.6: how far a claimed gradient is from what central differences say.
double gradient_error(const std::function<double(const Tensor&)>& f, const Tensor& x, const Tensor& claimed);

}  // namespace lab
