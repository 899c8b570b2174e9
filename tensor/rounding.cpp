#include "tensor/rounding.h"

#include <cmath>
#include <limits>

#include "tensor/arithmetic.h"
#include "tensor/base/error.h"
#include "tensor/base/scalar_rounding.h"
#include "tensor/unary.h"

namespace cadena {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Tensor clamp_real(const char* op, const Tensor& x, double low, double high) {
  if (std::isnan(low) || std::isnan(high)) fail<ValueError>(op, ": a bound is NaN");
  return unary_float<scalar::Clamp>(op, x, {low, high});
}

bool stays_integer(const Tensor& x, Number bound) { return bound.meet(x.dtype()) == Dtype::i64; }

}  // namespace

Tensor abs(const Tensor& x) { return unary_number<scalar::Abs>("abs", x); }
Tensor sign(const Tensor& x) { return unary_number<scalar::Sign>("sign", x); }
Tensor round(const Tensor& x) { return unary_number<scalar::Round>("round", x); }
Tensor floor(const Tensor& x) { return unary_number<scalar::Floor>("floor", x); }
Tensor ceil(const Tensor& x) { return unary_number<scalar::Ceil>("ceil", x); }

Tensor clamp(const Tensor& x, Number low, Number high) {
  if (stays_integer(x, low) && stays_integer(x, high)) return minimum(maximum(x, low), high);
  return clamp_real("clamp", x, low.as<double>(), high.as<double>());
}

Tensor clamp_min(const Tensor& x, Number low) {
  return stays_integer(x, low) ? maximum(x, low) : clamp_real("clamp_min", x, low.as<double>(), kInfinity);
}

Tensor clamp_max(const Tensor& x, Number high) {
  return stays_integer(x, high) ? minimum(x, high) : clamp_real("clamp_max", x, -kInfinity, high.as<double>());
}

}  // namespace cadena
