#pragma once

#include "tensor/base/number.h"
#include "tensor/tensor.h"

namespace cadena {

/// Elementwise comparisons, with the broadcasting and dtype promotion of arithmetic; the result is bool. NaN equals
/// nothing, itself included, and is neither below nor above anything. All throw ShapeError if the shapes do not
/// broadcast and DeviceError if the devices differ. A number is not rounded to f16 or bf16: these are compared in f32,
/// so f16 values next to 0.1 are all above or below it.

/// \f$ y = [a = b] \f$
Tensor eq(const Tensor& a, const Tensor& b);
Tensor eq(const Tensor& a, Number b);
/// \f$ y = [a \ne b] \f$
Tensor ne(const Tensor& a, const Tensor& b);
Tensor ne(const Tensor& a, Number b);
/// \f$ y = [a < b] \f$
Tensor lt(const Tensor& a, const Tensor& b);
Tensor lt(const Tensor& a, Number b);
/// \f$ y = [a \le b] \f$
Tensor le(const Tensor& a, const Tensor& b);
Tensor le(const Tensor& a, Number b);
/// \f$ y = [a > b] \f$
Tensor gt(const Tensor& a, const Tensor& b);
Tensor gt(const Tensor& a, Number b);
/// \f$ y = [a \ge b] \f$
Tensor ge(const Tensor& a, const Tensor& b);
Tensor ge(const Tensor& a, Number b);

/// \f$ y = a \wedge b \f$; values of any dtype count as true unless they are 0, so NaN is true. The same holds below.
Tensor logical_and(const Tensor& a, const Tensor& b);
/// \f$ y = a \vee b \f$
Tensor logical_or(const Tensor& a, const Tensor& b);
/// \f$ y = a \oplus b \f$
Tensor logical_xor(const Tensor& a, const Tensor& b);
/// \f$ y = \neg x \f$
Tensor logical_not(const Tensor& x);

/// True where x is NaN. No integer is.
Tensor isnan(const Tensor& x);
/// True where x is plus or minus infinity. No integer is.
Tensor isinf(const Tensor& x);
/// True where x is neither NaN nor infinite. Every integer is finite.
Tensor isfinite(const Tensor& x);

/// \f$ y_i = a_i \f$ where `condition` is true, \f$ b_i \f$ elsewhere; the three are broadcast together. Throws
/// DtypeError unless the condition is bool.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
Tensor where(const Tensor& condition, const Tensor& a, Number b);
Tensor where(const Tensor& condition, Number a, const Tensor& b);

/// What `allclose` tolerates.
struct Tolerance {
  double rtol = 1e-5;      ///< relative to \f$ |b| \f$
  double atol = 1e-8;      ///< absolute
  bool equal_nan = false;  ///< NaN is close to NaN
};

/// True if \f$ |a - b| \le \mathrm{atol} + \mathrm{rtol}\,|b| \f$ everywhere after broadcasting, compared in f64. Equal
/// infinities are close. Throws ShapeError if the shapes do not broadcast.
bool allclose(const Tensor& a, const Tensor& b, Tolerance tolerance);
bool allclose(const Tensor& a, const Tensor& b, double rtol = 1e-5, double atol = 1e-8);

/// True if shapes and all values are equal; two dtypes are compared in f64. NaN equals NaN only if `equal_nan`.
bool array_equal(const Tensor& a, const Tensor& b, bool equal_nan = false);

}  // namespace cadena
