#pragma once

#include "tensor/base/number.h"
#include "tensor/tensor.h"

namespace cadena {

/// \f$ y = |x| \f$; the smallest i64 stays itself. Throws DtypeError for bool, as do the next four.
Tensor abs(const Tensor& x);
/// \f$ y = -1, 0, 1 \f$ for x below, at, above 0; NaN for NaN, as in NumPy.
Tensor sign(const Tensor& x);
/// \f$ y \f$ the integer nearest to x, ties to the even one. Integers stay as they are.
Tensor round(const Tensor& x);
/// \f$ y = \lfloor x \rfloor \f$. Integers stay as they are.
Tensor floor(const Tensor& x);
/// \f$ y = \lceil x \rceil \f$. Integers stay as they are.
Tensor ceil(const Tensor& x);

/// \f$ y = \min(\max(x, \mathrm{low}), \mathrm{high}) \f$, so `high` wherever the bounds cross; NaN for NaN. An i64
/// tensor becomes f32 if a bound was written as a fraction; bool counts as i64. Throws ValueError if a bound is NaN.
Tensor clamp(const Tensor& x, Number low, Number high);
/// \f$ y = \max(x, \mathrm{low}) \f$
Tensor clamp_min(const Tensor& x, Number low);
/// \f$ y = \min(x, \mathrm{high}) \f$
Tensor clamp_max(const Tensor& x, Number high);

}  // namespace cadena
