#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace cadena {

/// Activation functions, elementwise; integers become f32 (relu keeps them). All are accurate and finite for large |x|.

/// \f$ y = \max(x, 0) \f$; NaN for NaN. Throws DtypeError for bool.
Tensor relu(const Tensor& x);
/// \f$ y = x \f$ for \f$ x > 0 \f$, \f$ y = \mathrm{slope} \cdot x \f$ otherwise.
Tensor leaky_relu(const Tensor& x, double slope = 0.01);
/// \f$ y = x \f$ for \f$ x > 0 \f$, \f$ y = \alpha (e^x - 1) \f$ otherwise. Clevert et al., arXiv:1511.07289.
Tensor elu(const Tensor& x, double alpha = 1);

/// \f$ y = 1 / (1 + e^{-x}) \f$
Tensor sigmoid(const Tensor& x);
/// \f$ y = \ln(1 + e^x) \f$
Tensor softplus(const Tensor& x);
/// \f$ y = \ln \sigma(x) = -\mathrm{softplus}(-x) \f$
Tensor log_sigmoid(const Tensor& x);
/// \f$ y = x\,\sigma(x) \f$, also called swish.
Tensor silu(const Tensor& x);

/// The two forms of gelu: with the normal distribution function, or with its approximation by tanh (GPT-2).
enum class GeluForm : std::uint8_t { exact, tanh };

/// \f$ y = x\,\Phi(x) \f$, \f$ \Phi(x) = (1 + \mathrm{erf}(x / \sqrt 2)) / 2 \f$; or
/// \f$ y = \frac x2 (1 + \tanh(\sqrt{2/\pi}\,(x + 0.044715\,x^3))) \f$. Hendrycks and Gimpel, arXiv:1606.08415.
Tensor gelu(const Tensor& x, GeluForm form = GeluForm::exact);
/// The derivative \f$ dy/dx \f$ of gelu at x; finite for every finite x.
Tensor gelu_slope(const Tensor& x, GeluForm form = GeluForm::exact);

}  // namespace cadena
