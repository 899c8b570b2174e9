#include "autograd/standardize.h"

#include "autograd/arithmetic.h"
#include "autograd/power.h"
#include "autograd/reduce.h"

namespace cadena {

Standardized::Standardized(const Variable& x, const Axes& axes, double eps, bool centred)
    : axes_(axes), centred_(centred) {
  const Variable deviation = centred ? x - mean(x, axes, true) : x;
  rstd_ = rsqrt(mean(square(deviation), axes, true) + eps);
  xhat_ = deviation * rstd_;
}

Variable Standardized::jacobian_times(const Variable& u) const {
  const Variable across = u - xhat_ * mean(xhat_ * u, axes_, true);
  return rstd_ * (centred_ ? across - mean(u, axes_, true) : across);
}

}  // namespace cadena
