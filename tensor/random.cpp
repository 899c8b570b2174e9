#include "tensor/random.h"

#include <cmath>

#include "tensor/base/error.h"
#include "tensor/cpu/random.h"

namespace cadena {

Tensor uniform(Generator& generator, const Shape& shape, double low, double high, Dtype dtype) {
  if (!(low < high) || !std::isfinite(high - low)) {
    fail<ValueError>("uniform: expected finite low < high, got ", low, " and ", high);
  }
  if (!is_floating(dtype)) fail_dtype("uniform", dtype, "f32, f64, f16 or bf16");
  Tensor y = empty(shape, dtype);
  on(y.device(), cpu::uniform)(y, generator.seed(), generator.next_stream(), low, high);
  return y;
}

Tensor normal(Generator& generator, const Shape& shape, double mean, double deviation, Dtype dtype) {
  if (!(deviation >= 0)) fail<ValueError>("normal: expected a standard deviation of at least 0, got ", deviation);
  if (!is_floating(dtype)) fail_dtype("normal", dtype, "f32, f64, f16 or bf16");
  Tensor y = empty(shape, dtype);
  on(y.device(), cpu::normal)(y, generator.seed(), generator.next_stream(), mean, deviation);
  return y;
}

}  // namespace cadena
