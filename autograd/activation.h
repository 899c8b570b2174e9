#pragma once

#include "autograd/variable.h"
#include "tensor/activation.h"

namespace cadena {

/// Differentiable versions of the functions of `tensor/activation.h`. Gradients are finite for every finite x.

/// \f$ y = \max(x, 0) \f$; the subgradient at 0 is 0.
Variable relu(const Variable& x);
/// \f$ y = x \f$ for \f$ x > 0 \f$, \f$ y = \mathrm{slope} \cdot x \f$ otherwise; the subgradient at 0 is `slope`.
Variable leaky_relu(const Variable& x, double slope = 0.01);
/// \f$ y = x \f$ for \f$ x > 0 \f$, \f$ y = \alpha (e^x - 1) \f$ otherwise; the subgradient at 0 is \f$ \alpha \f$.
Variable elu(const Variable& x, double alpha = 1);

/// \f$ y = 1 / (1 + e^{-x}) \f$
Variable sigmoid(const Variable& x);
/// \f$ y = \ln(1 + e^x) \f$
Variable softplus(const Variable& x);
/// \f$ y = -\ln(1 + e^{-x}) \f$
Variable log_sigmoid(const Variable& x);
/// \f$ y = x / (1 + e^{-x}) \f$
Variable silu(const Variable& x);

/// \f$ y = x\,\Phi(x) \f$ or its approximation by tanh.
Variable gelu(const Variable& x, GeluForm form = GeluForm::exact);
/// The derivative of gelu, itself differentiable.
Variable gelu_slope(const Variable& x, GeluForm form = GeluForm::exact);

}  // namespace cadena
