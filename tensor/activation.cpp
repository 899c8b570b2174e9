#include "tensor/activation.h"

#include "tensor/arithmetic.h"
#include "tensor/base/scalar_activation.h"
#include "tensor/unary.h"

namespace cadena {

Tensor relu(const Tensor& x) { return unary_number<scalar::Relu>("relu", x); }
Tensor leaky_relu(const Tensor& x, double slope) { return unary_float<scalar::LeakyRelu>("leaky_relu", x, {slope}); }
Tensor elu(const Tensor& x, double alpha) { return unary_float<scalar::Elu>("elu", x, {alpha}); }

Tensor sigmoid(const Tensor& x) { return unary_float<scalar::Sigmoid>("sigmoid", x); }
Tensor softplus(const Tensor& x) { return unary_float<scalar::Softplus>("softplus", x); }
Tensor log_sigmoid(const Tensor& x) { return unary_float<scalar::LogSigmoid>("log_sigmoid", x); }
Tensor silu(const Tensor& x) { return unary_float<scalar::Silu>("silu", x); }

}  // namespace cadena
