#include "nn/init.h"

#include <cmath>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/linalg.h"
#include "tensor/views.h"

namespace cadena::nn {
namespace {

struct Fans {
  double in;
  double out;
};

Fans fans(const char* what, const Shape& shape) {
  if (shape.rank() < 2 || shape.numel() == 0)
    fail<ShapeError>(what, ": expected (out, in, kernel…), got shape ", shape);
  double positions = 1;
  for (int axis = 2; axis < shape.rank(); ++axis) positions *= static_cast<double>(shape[axis]);
  return {static_cast<double>(shape[1]) * positions, static_cast<double>(shape[0]) * positions};
}

/// Uniform on an interval around 0 with the given variance: \f$ b^2 / 3 \f$ on \f$ [-b, b) \f$.
Tensor uniform_with_variance(Generator& generator, const Shape& shape, double variance, Dtype dtype) {
  const double bound = std::sqrt(3 * variance);
  return uniform(generator, shape, -bound, bound, dtype);
}

}  // namespace

Tensor fan_in_uniform(Generator& generator, const Shape& shape, Dtype dtype) {
  const double bound = 1 / std::sqrt(fans("fan_in_uniform", shape).in);
  return uniform(generator, shape, -bound, bound, dtype);
}

Tensor glorot_uniform(Generator& generator, const Shape& shape, Dtype dtype) {
  const Fans f = fans("glorot_uniform", shape);
  return uniform_with_variance(generator, shape, 2 / (f.in + f.out), dtype);
}

Tensor glorot_normal(Generator& generator, const Shape& shape, Dtype dtype) {
  const Fans f = fans("glorot_normal", shape);
  return normal(generator, shape, 0, std::sqrt(2 / (f.in + f.out)), dtype);
}

Tensor he_uniform(Generator& generator, const Shape& shape, Dtype dtype) {
  return uniform_with_variance(generator, shape, 2 / fans("he_uniform", shape).in, dtype);
}

Tensor he_normal(Generator& generator, const Shape& shape, Dtype dtype) {
  return normal(generator, shape, 0, std::sqrt(2 / fans("he_normal", shape).in), dtype);
}

Tensor orthogonal(Generator& generator, const Shape& shape, double gain, Dtype dtype) {
  const Fans f = fans("orthogonal", shape);
  if (!is_floating(dtype)) fail<DtypeError>("orthogonal: expected a floating dtype, got ", dtype);
  const i64 rows = shape[0], columns = static_cast<i64>(f.in);
  const bool wide = rows < columns;  // qr makes columns orthonormal; where rows are to be, it is given the transpose
  const Tensor a = normal(generator, wide ? Shape{columns, rows} : Shape{rows, columns}, 0, 1, Dtype::f64);
  const Tensor q = qr(a)[0];
  return cast(reshape(mul(wide ? transpose(q) : q, gain), shape), dtype);
}

}  // namespace cadena::nn
