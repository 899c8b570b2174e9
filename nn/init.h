#pragma once

#include "tensor/random.h"
#include "tensor/tensor.h"

namespace cadena::nn {

/// Initial values for weights of shape (out, in) or (out, in, kernel…), beside `zeros` in tensor/factories.h and
/// `normal` and `truncated_normal` in tensor/random.h. With k the number of kernel positions, fan-in is in k and
/// fan-out is out k. All throw ShapeError for fewer than two axes or an axis of extent 0, DtypeError unless `dtype` is
/// floating.

/// Uniform on \f$ \pm 1 / \sqrt{\mathrm{fan\_in}} \f$: PyTorch's default for linear and convolution layers.
Tensor fan_in_uniform(Generator& generator, const Shape& shape, Dtype dtype = Dtype::f32);

/// Uniform with variance 2 / (fan_in + fan_out), which keeps the variance of activations and gradients alike through
/// linear layers. Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
Tensor glorot_uniform(Generator& generator, const Shape& shape, Dtype dtype = Dtype::f32);
/// Normal with the variance of `glorot_uniform`.
Tensor glorot_normal(Generator& generator, const Shape& shape, Dtype dtype = Dtype::f32);

/// Uniform with variance 2 / fan_in, which makes up for the half that a ReLU cuts off. He, Zhang, Ren & Sun, "Delving
/// deep into rectifiers", 2015.
Tensor he_uniform(Generator& generator, const Shape& shape, Dtype dtype = Dtype::f32);
/// Normal with the variance of `he_uniform`.
Tensor he_normal(Generator& generator, const Shape& shape, Dtype dtype = Dtype::f32);

/// The matrix (out, in k) has orthonormal rows (columns, where there are more rows) times `gain`, uniformly distributed
/// among such matrices: the Q factor of a Gaussian matrix, where the diagonal of R is positive. Saxe, McClelland &
/// Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", 2014.
Tensor orthogonal(Generator& generator, const Shape& shape, double gain = 1, Dtype dtype = Dtype::f32);

}  // namespace cadena::nn
